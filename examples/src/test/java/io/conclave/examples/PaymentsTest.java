package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.fencing.FencingGate;
import io.conclave.fencing.Marks;
import io.conclave.fencing.StaleTokenException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PaymentsTest {
    private static final AtomicInteger DATABASES = new AtomicInteger();
    private static final int WRITERS = 6;
    private static final int TOKENS_EACH = 50;

    private final JdbcDataSource database = new JdbcDataSource();
    private final Payments payments = new Payments(database);
    private Connection keepsItAlive;

    @BeforeEach
    void createTables() throws SQLException {
        database.setURL("jdbc:h2:mem:payments-" + DATABASES.incrementAndGet() + ";LOCK_TIMEOUT=30000");
        keepsItAlive = database.getConnection();
        execute("CREATE TABLE fencing_marks (resource VARCHAR(200) PRIMARY KEY,"
                + " exclusive_mark BIGINT NOT NULL, shared_mark BIGINT NOT NULL)");
        execute("CREATE TABLE payments (number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                + " token BIGINT NOT NULL, payment VARCHAR(200) NOT NULL)");
    }

    @AfterEach
    void close() throws SQLException {
        keepsItAlive.close();
    }

    @Test
    void anOldTokenAddsNoRow() throws Exception {
        payments.add(64, "first");
        payments.add(128, "second");
        payments.add(128, "third");
        assertThatThrownBy(() -> payments.add(64, "late")).isInstanceOf(StaleTokenException.class);
        assertThat(tokens()).containsExactly(64L, 128L, 128L);
    }

    @Test
    void concurrentWritersAreLetInInTheOrderOfTheirTokens() throws Exception {
        ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
        CountDownLatch start = new CountDownLatch(1);
        AtomicInteger refused = new AtomicInteger();
        List<Future<?>> running = new ArrayList<>();
        try {
            for (int i = 0; i < WRITERS; i++) {
                int writer = i;
                running.add(writers.submit(() -> {
                    start.await();
                    for (int n = 1; n <= TOKENS_EACH; n++) {
                        try {
                            payments.add((long) n * WRITERS + writer, "writer " + writer);
                        } catch (StaleTokenException old) {
                            refused.incrementAndGet();
                        }
                    }
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> writer : running) {
                writer.get(50, TimeUnit.SECONDS);
            }
        } finally {
            writers.shutdownNow();
            assertThat(writers.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }

        List<Long> accepted = tokens();
        assertThat(accepted).isSorted().doesNotHaveDuplicates();
        assertThat(accepted).hasSize(WRITERS * TOKENS_EACH - refused.get());
        assertThat(accepted).endsWith((long) TOKENS_EACH * WRITERS + WRITERS - 1);
    }

    @Test
    void whoeverHasCheckedItsTokenIsNotOvertakenBeforeItCommits() throws Exception {
        payments.add(64, "makes the row");
        ExecutorService later = Executors.newSingleThreadExecutor();
        try (Connection earlier = database.getConnection()) {
            earlier.setAutoCommit(false);
            FencingGate.of("payments", new JdbcMarkStore(earlier)).enterExclusive(64); // no mark changes
            Future<?> overtaking = later.submit(() -> {
                payments.add(128, "later holder");
                return null;
            });
            awaitBlockedSession(overtaking);
            assertThat(overtaking).isNotDone();
            earlier.commit();
            overtaking.get(20, TimeUnit.SECONDS);
        } finally {
            later.shutdownNow();
            assertThat(later.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(tokens()).containsExactly(64L, 128L);
    }

    @Test
    void aReplaceOfMarksThatAreNotTheExpectedOnesChangesNothing() throws Exception {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            JdbcMarkStore store = new JdbcMarkStore(connection);
            assertThat(store.read("r")).isEqualTo(Marks.NONE);
            assertThat(store.replace("r", new Marks(1, 1), new Marks(2, 1))).isFalse();
            assertThat(store.replace("r", Marks.NONE, new Marks(5, 3))).isTrue();
            assertThat(store.replace("r", Marks.NONE, new Marks(9, 9))).isFalse();
            assertThat(store.replace("r", new Marks(5, 3), new Marks(5, 7))).isTrue();
            assertThat(store.read("r")).isEqualTo(new Marks(5, 7));
            connection.commit();
        }
    }

    @Test
    void autoCommitIsRefused() throws Exception {
        try (Connection connection = database.getConnection()) {
            FencingGate gate = FencingGate.of("payments", new JdbcMarkStore(connection));
            assertThatThrownBy(() -> gate.enterExclusive(64)).isInstanceOf(IllegalStateException.class);
        }
    }

    /** Waits, by asking the database, until a session of it waits for another one's lock, or the work is done without. */
    private void awaitBlockedSession(Future<?> unlessDone) throws SQLException {
        try (Statement statement = keepsItAlive.createStatement()) {
            boolean blocked = false;
            while (!blocked && !unlessDone.isDone()) {
                try (ResultSet rows = statement.executeQuery(
                        "SELECT COUNT(*) FROM INFORMATION_SCHEMA.SESSIONS WHERE BLOCKER_ID IS NOT NULL")) {
                    rows.next();
                    blocked = rows.getInt(1) > 0;
                }
            }
            assertThat(blocked).isTrue();
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = keepsItAlive.createStatement()) {
            statement.execute(sql);
        }
    }

    private List<Long> tokens() throws SQLException {
        List<Long> tokens = new ArrayList<>();
        try (Statement statement = keepsItAlive.createStatement();
                ResultSet rows = statement.executeQuery("SELECT token FROM payments ORDER BY number")) {
            while (rows.next()) {
                tokens.add(rows.getLong(1));
            }
        }
        return tokens;
    }
}
