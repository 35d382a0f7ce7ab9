package io.conclave.cli;

import io.conclave.backend.inmemory.Ensemble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** {@code lock}, {@code elect}, {@code holders}, {@code break} on a replicated store. */
class ReplicatedHoldingTest extends HoldingTest {
    private static final int SESSION_AND_MORE_SECONDS = 4;

    private static Ensemble ensemble;

    @BeforeAll
    static void start() throws InterruptedException {
        ensemble = Ensemble.start(3);
    }

    @AfterAll
    static void stop() {
        if (ensemble != null) {
            ensemble.close();
        }
    }

    @Override
    String backend(String namespace) {
        return ensemble.url("/" + namespace);
    }

    /** A store that stands still for longer than a client believes in its session is as good. */
    @Override
    void expireSessions(String namespace) {
        ensemble.members().forEach(ensemble::pause);
        CompletableFuture.delayedExecutor(SESSION_AND_MORE_SECONDS, TimeUnit.SECONDS)
                .execute(ensemble::heal);
    }

    @AfterEach
    void heal() throws InterruptedException {
        ensemble.heal();
        ensemble.leader();
    }
}
