package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.OutcomeUnknownException;
import io.conclave.it.LostReplyCase.Kind;
import io.conclave.it.support.Figures;
import io.conclave.it.support.Servers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * A commit is applied and its reply lost, for every kind of commit; in every second case somebody else changes, consumes or deletes the node before the loser can find out. No orphan, no
 * double effect, the true result. How often: the system property {@code conclave.lostReplies} (each costs a reconnect of up to a second; all kinds run side by side).
 */
@Timeout(1_200)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LostReplyScenario {
    private static final int TIMES = Integer.getInteger("conclave.lostReplies", 10);

    private Servers servers;

    /** One server, serving. */
    abstract Servers oneServer() throws Exception;

    @BeforeAll
    final void start() throws Exception {
        servers = oneServer();
    }

    @AfterAll
    final void stop() {
        if (servers != null) {
            servers.close();
        }
    }

    @Test
    void theTrueResultIsToldWhileTheSessionLives() throws Exception {
        Kind[] kinds = Kind.values();
        forEach(List.of(kinds), story -> {
            for (int i = 0; i < TIMES; i++) {
                story.loseReply(i, i % 2 == 1);
            }
        });
        Figures.print(
                getClass().getSimpleName() + " lost replies",
                "%d kinds of commit, %d times each, every second one meddled with",
                kinds.length,
                TIMES);
    }

    @Test
    void aPersistentWriteWhoseSessionDiesFirstIsUnknownAndNeverRepeated() throws Exception {
        AtomicInteger told = new AtomicInteger();
        forEach(Kind.persistentWrites(), story -> {
            for (int number = 0; number < Math.max(1, TIMES / 5); number++) {
                int one = 100_000 + number;
                assertThatThrownBy(() -> story.loseReplyAndSession(one))
                        .as("number %d", one)
                        .isInstanceOf(OutcomeUnknownException.class);
                story.verifyAppliedOnceAndUndoneByOthers(one);
                told.incrementAndGet();
            }
        });
        assertThat(told.get()).isPositive();
        Figures.print(
                getClass().getSimpleName() + " lost replies and sessions",
                "%d times OutcomeUnknownException, no second effect",
                told.get());
    }

    /** What is done to one kind of commit. */
    private interface Story {
        void tell(LostReplyCase story) throws Exception;
    }

    /** All kinds side by side. */
    private void forEach(Collection<Kind> kinds, Story what) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(kinds.size());
        List<Future<?>> running = new ArrayList<>();
        for (Kind kind : kinds) {
            running.add(threads.submit(() -> {
                try (LostReplyCase story = new LostReplyCase(servers.behindProxy(), kind)) {
                    what.tell(story);
                    return null;
                }
            }));
        }
        for (Future<?> one : running) {
            one.get();
        }
        threads.shutdown();
    }
}
