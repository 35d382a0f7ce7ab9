package io.conclave.tck;

import io.conclave.spi.BackendException;
import io.conclave.spi.NodePath;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.WatchSpec.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A watch: its half at the store and its half at the client. */
final class RefWatch implements Watch {
    private static final int FLOOD = 100;
    private static final int PATIENCE = 22;

    private final RefStore store;
    private final RefStore.Member member;
    private final WatchSpec spec;
    private final WatchListener listener;
    private final CompletableFuture<Void> active = new CompletableFuture<>();
    private volatile boolean over;
    private boolean set;
    private boolean missed;
    private int underWay;
    private int told;
    private int sent;
    private Set<NodePath> children = Set.of();

    RefWatch(RefStore store, RefStore.Member member, WatchSpec spec, WatchListener listener) {
        this.store = store;
        this.member = member;
        this.spec = spec;
        this.listener = listener;
    }

    @Override
    public CompletionStage<Void> active() {
        return active;
    }

    @Override
    public void cancel() {
        if (!store.is(Bug.EVENTS_AFTER_CANCEL)) {
            over = true;
        }
    }

    boolean isPending() {
        return !active.isDone();
    }

    /** At the client: asks the store to set the watch. */
    void request() {
        member.link.call(this::set, ok -> active.complete(null));
    }

    private boolean set() {
        if (set || member.ended) {
            return true;
        }
        set = true;
        NodePath path = spec.target().path();
        children = store.read(member.space, List.of()).isEmpty() ? names() : Set.of();
        member.space.watches.add(this);
        boolean past = false;
        if (spec.afterRevision() > 0 && !store.is(Bug.AFTER_REVISION_IGNORED)) {
            for (Model.Change change : member.space.model.history()) {
                if (change.revision() > spec.afterRevision()) {
                    past |= tellIfWanted(change);
                }
            }
            if (spec.target() instanceof WatchSpec.ChildrenOf) {
                deliver(Kind.CHILDREN, path, member.space.model.revision());
            }
        }
        boolean goneOnly =
                spec.target() instanceof WatchSpec.OfNode && spec.kinds().equals(Set.of(Kind.DELETED));
        if (goneOnly && !past && member.space.model.item(path) == null && !store.is(Bug.GONE_NOT_TOLD)) {
            deliver(Kind.DELETED, path, member.space.model.revision());
        }
        return true;
    }

    private Set<NodePath> names() {
        return member.space.model.reader().childrenOf(spec.target().path());
    }

    /** At the store: looks at changes. */
    void see(List<Model.Change> changes) {
        if (member.ended) {
            return;
        }
        if (spec.target() instanceof WatchSpec.ChildrenOf) {
            Set<NodePath> now = names();
            if (!now.equals(children)) {
                deliver(
                        Kind.CHILDREN,
                        spec.target().path(),
                        changes.get(changes.size() - 1).revision());
            }
            children = now;
        } else {
            changes.forEach(this::tellIfWanted);
        }
    }

    private boolean tellIfWanted(Model.Change change) {
        boolean touches = spec.kinds().contains(Kind.TOUCHED);
        if (touches && store.is(Bug.TOUCH_BY_PUT_LOST) && change.kind() == Kind.CHANGED) {
            return false;
        }
        if (!(touches || spec.kinds().contains(change.kind())) || !isMine(change.path())) {
            return false;
        }
        deliver(touches ? Kind.TOUCHED : change.kind(), change.path(), change.revision());
        return true;
    }

    private boolean isMine(NodePath path) {
        NodePath target = spec.target().path();
        if (spec.target() instanceof WatchSpec.OfNode) {
            return path.equals(target);
        }
        if (spec.target() instanceof WatchSpec.ChildrenOf) {
            return false;
        }
        if (store.is(Bug.DEEP_EVENT_LOST) && path.segments().size() > 3) {
            return false;
        }
        boolean named = store.is(Bug.NAMESAKES_WATCHED) && path.toString().startsWith(target.toString());
        return (named || path.startsWith(target)) && !path.equals(target);
    }

    private void deliver(Kind kind, NodePath path, long revision) {
        if (store.is(Bug.FLOOD_DROPS_EVENTS) && underWay > FLOOD) {
            return;
        }
        if (store.is(Bug.WATCH_TIRES) && ++sent > PATIENCE) {
            return;
        }
        underWay++;
        Duration late = store.is(Bug.REPLY_OVERTAKES_EVENT) ? RefLink.LATE : Duration.ZERO;
        member.link.tell(() -> arrive(kind, path, revision), this::lost, late);
        if (store.is(Bug.EVENTS_TOLD_TWICE)) {
            member.link.tell(() -> arrive(kind, path, revision), this::lost, late);
        }
    }

    private void lost() {
        underWay--;
        missed = true;
        if (store.is(Bug.WATCH_DIES_BY_CUT)) {
            member.space.watches.remove(this);
            missed = false;
        }
    }

    /** At the store, when the client is heard again. */
    void catchUp() {
        if (missed && !store.is(Bug.NO_RESYNC)) {
            missed = false;
            member.link.tell(this::resync, this::lost);
        }
    }

    private void resync() {
        if (!over) {
            guarded(() -> listener.onResync(member.space.model.revision()));
        }
    }

    private void arrive(Kind kind, NodePath path, long revision) {
        underWay--;
        if (!over) {
            boolean lower = store.is(Bug.WATCH_REVISION_DECREASES) && ++told % 3 == 0;
            guarded(() -> listener.onChange(kind, path, lower ? 1 : revision));
        }
    }

    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (IllegalStateException thrown) {
            if (store.is(Bug.THROWING_LISTENER_UNSET)) {
                member.space.watches.remove(this);
            }
        }
    }

    /** At the client: the session is over. */
    void end(BackendException why) {
        active.completeExceptionally(why);
        if (!over) {
            over = true;
            if (!store.is(Bug.NO_END_TOLD)) {
                guarded(() -> listener.onEnd(why));
            }
        }
    }
}
