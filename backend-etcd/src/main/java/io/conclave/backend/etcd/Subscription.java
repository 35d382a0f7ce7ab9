package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.conclave.spi.BackendException;
import io.conclave.spi.NodePath;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.WatchSpec.Kind;
import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchRequest;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One caller's watch, with its own cursor: the revision after the last one that was told. Its listener is called on the session's drain only, and
 * never again once it was cancelled or has ended.
 */
final class Subscription implements Watch {
    private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);

    /** jetcd's copy of the protocol is older than ids that the client gives. */
    private static final int FIELD_WATCH_ID = 7;

    final WatchSpec spec;
    private final WatchListener listener;
    private final Executor drain;
    private final Consumer<Subscription> remove;
    private final CompletableFuture<Void> active = new CompletableFuture<>();
    private volatile boolean over;
    private long told;
    /** From which revision on to watch; 0 = from now. */
    private long cursor;

    private boolean resyncDue;
    private boolean started;
    private boolean deletionTold;
    /** The node was found absent at this revision: its deletion before needs no telling. */
    private long absentAt;

    /** The id on the stream that is open. */
    long watchId;

    Subscription(WatchSpec spec, WatchListener listener, Executor drain, Consumer<Subscription> remove) {
        this.spec = spec;
        this.listener = listener;
        this.drain = drain;
        this.remove = remove;
        this.cursor = spec.afterRevision() == 0 ? 0 : spec.afterRevision() + 1;
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

    /** Asks the server for what has not been told yet. */
    WatchRequest request(Keys keys, long id) {
        watchId = id;
        NodePath path = spec.target().path();
        WatchCreateRequest.Builder create = WatchCreateRequest.newBuilder().setStartRevision(cursor);
        if (spec.target() instanceof WatchSpec.OfNode) {
            create.setKey(keys.of(path));
        } else {
            ByteString prefix = keys.below(path);
            create.setKey(prefix).setRangeEnd(Keys.end(prefix));
        }
        if (spec.kinds().equals(Set.of(Kind.DELETED))) {
            create.addFilters(WatchCreateRequest.FilterType.NOPUT);
        } else if (!spec.kinds().contains(Kind.DELETED) && !spec.kinds().contains(Kind.CHILDREN)) {
            create.addFilters(WatchCreateRequest.FilterType.NODELETE);
        }
        create.setUnknownFields(UnknownFieldSet.newBuilder()
                .addField(
                        FIELD_WATCH_ID,
                        UnknownFieldSet.Field.newBuilder().addVarint(id).build())
                .build());
        return WatchRequest.newBuilder().setCreateRequest(create).build();
    }

    // ---- what the stream tells, on the drain

    /** The watch is set. True if that is the first time. */
    boolean onCreated(long revision) {
        if (cursor == 0) {
            cursor = revision + 1;
        }
        if (resyncDue) {
            resyncDue = false;
            resync(revision);
        }
        boolean first = !started;
        started = true;
        return first;
    }

    /** The history after the cursor is gone. */
    void onCompacted() {
        cursor = 0;
        resyncDue = true;
    }

    void onEvent(Event event, Keys keys) {
        long revision = event.getKv().getModRevision();
        if (revision < cursor) {
            return; // told already: old servers repeat themselves
        }
        NodePath path = keys.path(event.getKv().getKey()).orElse(null);
        NodePath target = spec.target().path();
        if (path == null || (target.isRoot() && Keys.isReserved(path))) {
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

    /** All events of one message were told. */
    void told(long lastRevision) {
        cursor = Math.max(cursor, lastRevision + 1);
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

    private void resync(long revision) {
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
