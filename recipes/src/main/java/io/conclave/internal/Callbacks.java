package io.conclave.internal;

import io.conclave.spi.Timekeeper;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where user code runs: on the user's executor, never on the engine's stack, and marked so that blocking verbs inside are refused. */
final class Callbacks {
    private static final Logger LOG = LoggerFactory.getLogger(Callbacks.class);
    private static final ThreadLocal<Boolean> INSIDE = ThreadLocal.withInitial(() -> false);

    private final Executor executor;
    private final Executor helper;

    Callbacks(Executor executor, Timekeeper timekeeper) {
        this.executor = executor;
        this.helper = timekeeper.executor();
    }

    /** Refuses a blocking verb inside a callback. */
    static void refuseInside(String verb) {
        if (INSIDE.get()) {
            throw new IllegalStateException(
                    verb
                            + " blocks, and was called inside a Conclave callback or a dependent of one of its futures: use the async twin, or hand over to another thread");
        }
    }

    /** True inside a callback. */
    static boolean isInside() {
        return INSIDE.get();
    }

    /** Runs a callback; the future completes when it has returned, however. */
    CompletableFuture<Void> run(String what, Runnable callback) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Runnable guarded = () -> {
            boolean outer = INSIDE.get();
            INSIDE.set(true);
            try {
                callback.run();
            } catch (Throwable thrown) { // a user's failure must not reach the engine
                LOG.warn("{} threw", what, thrown);
            } finally {
                if (outer) {
                    INSIDE.set(true);
                } else {
                    INSIDE.remove();
                }
                done.complete(null);
            }
        };
        try {
            executor.execute(guarded);
        } catch (RejectedExecutionException rejected) {
            LOG.warn("the user's executor refused {}; it runs on a helper thread", what, rejected);
            helper.execute(guarded);
        }
        return done;
    }

    /** Runs user code that may block, such as a leader's body. Throws what the executor throws. */
    void runBlocking(Runnable body) {
        executor.execute(body);
    }
}
