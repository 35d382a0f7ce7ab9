package io.conclave.internal;

import io.conclave.Conclave;
import io.conclave.spi.NodePath;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What recipes that follow the store, and queue for nothing, need of the engine: checked paths, waits, and the way to the user's executor. Stateless. */
public final class RecipeContext {
    private static final Logger LOG = LoggerFactory.getLogger(RecipeContext.class);

    private final ConclaveCore core;

    /** The context of recipes of this Conclave. */
    public RecipeContext(Conclave conclave) {
        this.core = ConclaveCore.of(conclave);
    }

    /** A path for a node of the user's. */
    public static NodePath requirePath(String path) {
        return ConclaveCore.requireUserPath(path);
    }

    /** A directory of the user's, the root included. */
    public static NodePath requireDirectory(String path) {
        return ConclaveCore.requireUserDirectory(path);
    }

    /** By whose time everything happens. */
    public Timekeeper timekeeper() {
        return core.timekeeper();
    }

    /** Callbacks that run in order on the user's executor; the overflow action is told if some were dropped. */
    public SerialCallbacks serialCallbacks(String what, Runnable overflow) {
        return core.serialCallbacks(what, overflow);
    }

    /** A future for the user that ends like the engine's; its dependents run as callbacks do. */
    public <T> CompletableFuture<T> forUser(String of, CompletableFuture<T> engine) {
        return core.callbacks().forUser(of, engine);
    }

    /** Waits for the future at most that long; refused in callbacks. */
    public <T> T await(String verb, CompletableFuture<T> future, Duration wait)
            throws InterruptedException, TimeoutException {
        Callbacks.refuseInside(verb);
        return Waits.get(core.timekeeper(), future, core.timekeeper().deadlineAfter(Waits.requireWait(wait)));
    }

    /** Waits for something that goes on in the background all the same: at most the call time-out, and not inside a callback. */
    public void awaitQuietly(String what, CompletableFuture<Void> future) {
        if (Callbacks.isInside()) {
            return;
        }
        try {
            Waits.get(core.timekeeper(), future, core.callDeadline());
        } catch (TimeoutException late) {
            LOG.debug("{} goes on in the background", what);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt(); // it goes on in the background
        } catch (RuntimeException failure) {
            LOG.debug("{} ended with a failure", what, failure);
        }
    }

    /** Hands the value of a future, or its unwrapped failure, to the consumer, on this thread or the completing one. */
    public static <T> void whenDone(
            CompletableFuture<T> future, BiConsumer<@Nullable T, @Nullable Throwable> consumer) {
        Calls.whenDone(future, Runnable::run, consumer);
    }
}
