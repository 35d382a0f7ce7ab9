package io.conclave.spi.support;

import io.conclave.spi.BackendException;
import io.conclave.spi.NodePath;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.WatchSpec.Kind;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * One caller's watch, for a backend to tell what it sees (rules W3 and W5). Revisions that it tells never decrease, and its listener is never called again once
 * it was cancelled or has ended; a listener that fails disturbs nobody. What is told, is told on the session's serial executor.
 */
public abstract class AbstractWatch implements Watch {
    private final WatchSpec spec;
    private final WatchListener listener;
    private final Executor drain;
    private final CompletableFuture<Void> active = new CompletableFuture<>();
    private volatile boolean over;
    private long told;

    /** A watch whose listener is called on this serial executor. */
    protected AbstractWatch(WatchSpec spec, WatchListener listener, Executor drain) {
        this.spec = spec;
        this.listener = listener;
        this.drain = drain;
    }

    /** The caller wants it no more: nobody tells it anything from now on. On the serial executor. */
    protected abstract void onCancelled();

    /** The listener has thrown this. */
    protected abstract void onListenerFailure(Throwable failure);

    /** What it is about. */
    public final WatchSpec spec() {
        return spec;
    }

    @Override
    public final CompletionStage<Void> active() {
        return active.minimalCompletionStage();
    }

    @Override
    public final void cancel() {
        if (!over) {
            over = true;
            drain.execute(() -> {
                onCancelled();
                active.cancel(false);
            });
        }
    }

    /** Watches for the end of one node only. */
    public final boolean isGone() {
        return spec.target() instanceof WatchSpec.OfNode && spec.kinds().equals(Set.of(Kind.DELETED));
    }

    /** True once it was cancelled or has ended. */
    public final boolean isOver() {
        return over;
    }

    /** True if it is set at the store. */
    public final boolean isActive() {
        return active.isDone();
    }

    /** True if such changes are to be told. */
    public final boolean wants(Kind kind) {
        return spec.kinds().contains(kind);
    }

    /** It is set at the store. */
    public final void activate() {
        if (!over) {
            active.complete(null);
        }
    }

    /** Tells a change. */
    public final void change(Kind kind, NodePath path, long revision) {
        if (!over) {
            told = Math.max(told, revision);
            guarded(() -> listener.onChange(kind, path, told));
        }
    }

    /** Tells that something may have been missed. */
    public final void resync(long revision) {
        if (!over) {
            told = Math.max(told, revision);
            guarded(() -> listener.onResync(told));
        }
    }

    /** The last call. */
    public final void end(BackendException why) {
        if (!over) {
            over = true;
            guarded(() -> listener.onEnd(why));
            active.completeExceptionally(why);
        }
    }

    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException | Error failure) {
            onListenerFailure(failure);
        }
    }
}
