package io.conclave.backend.etcd;

import io.conclave.spi.BackendException;
import io.conclave.spi.NodePath;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.WatchSpec.Kind;
import io.etcd.jetcd.api.Event;
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
    private boolean deletionTold;
    /** The node was found absent at this revision: its deletion before needs no telling. */
    private long absentAt;

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

    boolean isOver() {
        return over;
    }

    /** Watches for the end of one node only. */
    boolean isGone() {
        return spec.target() instanceof WatchSpec.OfNode && spec.kinds().equals(Set.of(Kind.DELETED));
    }

    // ---- on the drain

    /** Tells an event of the watched keys, if it is wanted. */
    void onEvent(Event event, NodePath path) {
        long revision = event.getKv().getModRevision();
        NodePath target = spec.target().path();
        if (revision <= spec.afterRevision() || (target.isRoot() && Keys.isReserved(path))) {
            return;
        }
        Kind kind = kind(event);
        if (spec.target() instanceof WatchSpec.ChildrenOf) {
            if (kind != Kind.CHANGED) {
                change(Kind.CHILDREN, target, revision);
            }
        } else if (spec.kinds().contains(kind) && !(kind == Kind.DELETED && revision <= absentAt)) {
            deletionTold |= kind == Kind.DELETED;
            change(kind, path, revision);
        }
    }

    private static Kind kind(Event event) {
        if (event.getType() == Event.EventType.DELETE) {
            return Kind.DELETED;
        }
        return event.getKv().getCreateRevision() == event.getKv().getModRevision() ? Kind.CREATED : Kind.CHANGED;
    }

    /** The watched node was not there at that revision, when the watch was already set. */
    void onAbsent(long revision) {
        if (!deletionTold) {
            absentAt = revision;
            change(Kind.DELETED, spec.target().path(), revision);
        }
    }

    void activate() {
        if (!over) {
            active.complete(null);
        }
    }

    private void change(Kind kind, NodePath path, long revision) {
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
