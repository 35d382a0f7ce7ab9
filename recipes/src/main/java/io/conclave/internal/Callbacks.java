package io.conclave.internal;

import io.conclave.spi.Timekeeper;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where user code runs: on the user's executor, never on the engine's stack, and marked so that blocking verbs inside are refused. */
final class Callbacks {
    private static final Logger LOG = LoggerFactory.getLogger(Callbacks.class);
    private static final ThreadLocal<Boolean> INSIDE = ThreadLocal.withInitial(() -> false);

    private final Executor executor;
    private final Executor spare;
    private final Executor helper;

    /** Runs callbacks on the executor; on the spare one what it refuses; on the engine's helper threads what that one refuses too. */
    Callbacks(Executor executor, Executor spare, Timekeeper timekeeper) {
        this.executor = executor;
        this.spare = spare;
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
        for (Executor next : List.of(executor, spare, helper)) {
            try {
                next.execute(guarded);
                return done;
            } catch (
                    Throwable
                            refused) { // also the Error of a thread that cannot be made: the callback must not be lost
                LOG.warn("{} was refused by {}", what, next, refused);
                if (done.isDone()) {
                    return done;
                }
            }
        }
        done.complete(null);
        return done;
    }

    /** Completes what users see, so that their dependents run as callbacks do. */
    Executor completer(String of) {
        String what = "a dependent of " + of;
        return completion -> Calls.inBackground(run(what, completion), what);
    }

    /** A future for the user that ends like the engine's; its dependents run as callbacks do. */
    <T> CompletableFuture<T> forUser(String of, CompletableFuture<T> engine) {
        if (engine.isDone()) {
            return engine; // a dependent runs on the thread of who adds it
        }
        CompletableFuture<T> user = new CompletableFuture<>();
        Calls.forward(engine, user, completer(of));
        return user;
    }

    /**
     * Runs user code that may block, such as a leader's body. Throws what the executor throws. An executor that runs it on the caller's thread would stop the
     * engine: then it runs on a thread of the spare executor.
     */
    void runBlocking(Runnable body) {
        Thread engine = Thread.currentThread();
        AtomicBoolean handedOver = new AtomicBoolean();
        executor.execute(() -> {
            if (!handedOver.get() && Thread.currentThread() == engine) {
                spare.execute(body);
            } else {
                body.run();
            }
        });
        handedOver.set(true);
    }
}
