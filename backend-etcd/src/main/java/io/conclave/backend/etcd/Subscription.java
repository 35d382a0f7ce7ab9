package io.conclave.backend.etcd;

import io.conclave.spi.NodePath;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.WatchSpec.Kind;
import io.conclave.spi.support.AbstractWatch;
import io.etcd.jetcd.api.Event;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One caller's watch, which picks what it wants from the events of a {@link Feed}. */
final class Subscription extends AbstractWatch {
    private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);

    private final Consumer<Subscription> remove;
    private boolean deletionTold;
    /** The node was found absent at this revision: its deletion before needs no telling. */
    private long absentAt;

    Subscription(WatchSpec spec, WatchListener listener, Executor drain, Consumer<Subscription> remove) {
        super(spec, listener, drain);
        this.remove = remove;
    }

    @Override
    protected void onCancelled() {
        remove.accept(this);
    }

    @Override
    protected void onListenerFailure(Throwable failure) {
        LOG.warn("a watch listener failed at {}", spec().target().path(), failure);
    }

    /** Tells an event of the watched keys, if it is wanted. */
    void onEvent(Event event, NodePath path) {
        long revision = event.getKv().getModRevision();
        NodePath target = spec().target().path();
        if (revision <= spec().afterRevision() || (target.isRoot() && Keys.isReserved(path))) {
            return;
        }
        Kind kind = kind(event);
        if (spec().target() instanceof WatchSpec.ChildrenOf) {
            if (kind != Kind.CHANGED) {
                change(Kind.CHILDREN, target, revision);
            }
        } else if (wants(Kind.TOUCHED)) {
            change(Kind.TOUCHED, path, revision);
        } else if (wants(kind) && !(kind == Kind.DELETED && revision <= absentAt)) {
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
            change(Kind.DELETED, spec().target().path(), revision);
        }
    }
}
