package io.conclave.internal;

import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Session;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.WatchSpec.Kind;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a waiting attempt watches. Behind many it is the one node that the policy names: when that goes, the queue is listed again. Behind a few, and where every
 * change is told once and in order, it is the directory, as a mirror: those ahead are crossed off as they go, and when nobody is left the attempt is first,
 * without asking. Those who come later stand behind, and the own node's end would have been told in its turn.
 *
 * <p>On the queue's drain.
 */
final class Lookout {
    /** Up to so many ahead a mirror costs less than asking: the store tells each of them of every change. */
    static final int MIRRORED_MOST = 16;

    private static final Duration SAFETY_LOOK = Duration.ofSeconds(30);
    private static final int GONE_MOST = 1_000;

    /** Hears what is seen, on the drain. */
    interface Owner {
        /** The queue is to be listed again. */
        void onMoved();

        /** Nobody is ahead any more. */
        void onFirst();

        /** The own node is gone. */
        void onEvicted();

        void onEnd(BackendException why);
    }

    private final ContenderQueue queue;
    private final Owner owner;
    private final Set<NodePath> ahead = new HashSet<>();
    private final Set<NodePath> gone = new HashSet<>();
    private @Nullable Watch watch;
    private @Nullable NodePath blocker;
    private @Nullable Cancellable safety;
    private int serial;
    private boolean mirrors;

    Lookout(ContenderQueue queue, Owner owner) {
        this.queue = queue;
        this.owner = owner;
    }

    /** Watches one node: when it goes, the owner is to look again. */
    void watch(Session session, NodePath node) {
        if (blocker != null && blocker.equals(node)) {
            return;
        }
        stop();
        blocker = node;
        int mine = ++serial;
        watch = Calls.watch(session, WatchSpec.gone(node, 0), new Listener(mine) {
            @Override
            void changed(NodePath path) {
                moved();
            }

            @Override
            void resync() {
                moved();
            }

            private void moved() {
                stop();
                owner.onMoved();
            }
        });
        lookSafely();
    }

    /** Follows the directory until none of those is left; they are a state no older than the own node. */
    void mirror(Session session, Node own, Collection<NodePath> before) {
        if (!mirrors) {
            stop();
            mirrors = true;
            NodePath ownPath = own.path();
            WatchSpec spec = new WatchSpec(
                    new WatchSpec.SubtreeOf(ownPath.parent()),
                    own.createdRevision().orElseThrow(),
                    Set.of(Kind.DELETED));
            int mine = ++serial;
            ahead.addAll(before);
            watch = Calls.watch(session, spec, new Listener(mine) {
                @Override
                void changed(NodePath path) {
                    left(path, ownPath);
                }

                @Override
                void resync() {
                    owner.onMoved();
                }
            });
        } else {
            ahead.clear();
            ahead.addAll(before);
            ahead.removeAll(gone);
            if (ahead.isEmpty()) {
                owner.onFirst();
                return;
            }
        }
        lookSafely();
    }

    private void left(NodePath path, NodePath own) {
        if (path.equals(own)) {
            owner.onEvicted();
            return;
        }
        if (gone.size() >= GONE_MOST) {
            stop();
            owner.onMoved();
            return;
        }
        gone.add(path);
        if (ahead.remove(path) && ahead.isEmpty()) {
            owner.onFirst();
        }
    }

    /** A look from time to time, whatever the watch says. */
    private void lookSafely() {
        if (safety != null) {
            safety.cancel();
        }
        int mine = serial;
        safety = queue.core
                .timekeeper()
                .schedule(
                        () -> queue.drain.execute(() -> {
                            if (serial == mine) {
                                stop();
                                owner.onMoved();
                            }
                        }),
                        SAFETY_LOOK);
    }

    void stop() {
        serial++;
        mirrors = false;
        blocker = null;
        ahead.clear();
        gone.clear();
        if (watch != null) {
            watch.cancel();
            watch = null;
        }
        if (safety != null) {
            safety.cancel();
            safety = null;
        }
    }

    /** Hops to the drain, and hears nothing any more once the lookout looks elsewhere. */
    private abstract class Listener implements WatchListener {
        private final int mine;

        Listener(int mine) {
            this.mine = mine;
        }

        abstract void changed(NodePath path);

        abstract void resync();

        private void onDrain(Runnable action) {
            queue.drain.execute(() -> {
                if (serial == mine) {
                    action.run();
                }
            });
        }

        @Override
        public final void onChange(Kind kind, NodePath path, long revision) {
            onDrain(() -> changed(path));
        }

        @Override
        public final void onResync(long revision) {
            onDrain(this::resync);
        }

        @Override
        public final void onEnd(BackendException why) {
            onDrain(() -> {
                stop();
                owner.onEnd(why);
            });
        }
    }

    /** The paths of a listing. */
    static List<NodePath> paths(List<Node> nodes) {
        return nodes.stream().map(Node::path).toList();
    }
}
