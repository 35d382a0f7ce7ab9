package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.backend.inmemory.EmbeddedStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RendezvousTest {
    private static final String STORE = "examples-rendezvous";
    private static final int PARTIES = 3;

    private final Conclave conclave = Conclave.connect("inmemory:" + STORE);
    private final ExecutorService threads = Executors.newFixedThreadPool(PARTIES);
    private final AtomicInteger working = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();

    @AfterEach
    void close() {
        threads.shutdownNow();
        conclave.close();
        EmbeddedStore.discard(STORE);
    }

    private void all(Callable<Void> member) throws Exception {
        List<Future<Void>> running = new ArrayList<>();
        for (int i = 0; i < PARTIES; i++) {
            running.add(threads.submit(member));
        }
        for (Future<Void> one : running) {
            one.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void allWorkTogether() throws Exception {
        all(() -> {
            Rendezvous.together(conclave, PARTIES, working::incrementAndGet);
            assertThat(working).hasValue(PARTIES); // nobody goes on before all have worked
            return null;
        });
    }

    @Test
    void noRoundBeginsBeforeAllHaveEndedTheLast() throws Exception {
        all(() -> {
            AtomicInteger round = new AtomicInteger();
            Rendezvous.rounds(conclave, PARTIES, 4, () -> {
                assertThat(done.get()).isGreaterThanOrEqualTo(PARTIES * round.getAndIncrement());
                done.incrementAndGet();
            });
            return null;
        });
        assertThat(done).hasValue(4 * PARTIES);
    }

    @Test
    void oneMigratesAndAllServeAfterwards() throws Exception {
        all(() -> {
            Rendezvous.afterMigration(
                    conclave,
                    done::incrementAndGet,
                    () -> assertThat(done.get()).isPositive());
            return null;
        });
    }

    @Test
    void allPartsAreAwaited() throws Exception {
        all(() -> {
            working.incrementAndGet();
            Rendezvous.partDone(conclave, PARTIES);
            assertThat(working).hasValue(PARTIES);
            return null;
        });
    }
}
