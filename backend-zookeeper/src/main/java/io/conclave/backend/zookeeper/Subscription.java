package io.conclave.backend.zookeeper;

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
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One caller's watch. Its listener is called on the session's drain only, and never again once it was cancelled or has ended. */
final class Subscription implements Watch {
    private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);

    final WatchSpec spec;
    private final WatchListener listener;
    private final Executor drain;
    private final Consumer<Subscription> remove;
    private final CompletableFuture<Void> active = new CompletableFuture<>();
    private volatile boolean over;
    private long told;

    Subscription(WatchSpec spec, WatchListener listener, Executor drain, Consumer<Subscription> remove) {
        this.spec = spec;
        this.listener = listener;
        this.drain = drain;
        this.remove = remove;
    }

    @Override
    public CompletionStage<Void> active() {
        return active.minimalCompletionStage();
    }

    @Override
    public void cancel() {
        if (!over) {
            over = true;
            drain.execute(() -> {
                remove.accept(this);
                active.cancel(false);
            });
        }
    }

    /** Watches for the end of one node only. */
    boolean isGone() {
        return spec.target() instanceof WatchSpec.OfNode && spec.kinds().equals(Set.of(Kind.DELETED));
    }

    boolean isOver() {
        return over;
    }

    boolean isActive() {
        return active.isDone();
    }

    boolean wants(Kind kind) {
        return spec.kinds().contains(kind);
    }

    void activate() {
        if (!over) {
            active.complete(null);
        }
    }

    void change(Kind kind, NodePath path, long revision) {
        if (!over) {
            told = Math.max(told, revision);
            guarded(() -> listener.onChange(kind, path, told));
        }
    }

    void resync(long revision) {
        if (!over) {
            told = Math.max(told, revision);
            guarded(() -> listener.onResync(told));
        }
    }

    /** The last call. */
    void end(BackendException why) {
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
            LOG.warn("a watch listener failed at {}", spec.target().path(), failure);
        }
    }
}
