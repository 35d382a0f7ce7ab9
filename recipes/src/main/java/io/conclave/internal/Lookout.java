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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a waiting attempt watches. It is the one node that the policy names: when that goes, or tells, the queue is listed again. Or it is the directory, as a mirror:
 * those ahead are crossed off as they go, and with each the policy is asked again. Where every change is told once and in order, a contender that waits for all of
 * a few ahead is admitted by its mirror, without asking: those who come later stand behind, and the own node's end would have been told in its turn.
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

        /** All that it waited for have gone. */
        void onAllGone();

        /** The own node is gone. */
        void onEvicted();

        void onEnd(BackendException why);
    }

    private final ContenderQueue queue;
    private final Owner owner;
    private final Map<NodePath, Node> ahead = new LinkedHashMap<>();
    private final Set<NodePath> gone = new HashSet<>();
    private @Nullable Watch watch;
    private @Nullable NodePath blocker;
    private @Nullable Cancellable safety;
    private int serial;
    private boolean mirrors;
    private Consumer<List<Node>> whenOneLeft = left -> {};

    Lookout(ContenderQueue queue, Owner owner) {
        this.queue = queue;
        this.owner = owner;
    }

    /** Watches one node: when it goes, the owner is to look again. */
    void watch(Session session, Node node) {
        long created = node.createdRevision().orElse(0);
        watch(session, node.path(), WatchSpec.gone(node.path(), created), false);
    }

    /** Watches one node: when it goes, or has been put since the own node was made, the owner is to look again. */
    void awaitWord(Session session, Node own, NodePath node) {
        long since = own.createdRevision().orElseThrow();
        watch(
                session,
                node,
                new WatchSpec(new WatchSpec.OfNode(node), since, Set.of(Kind.CHANGED, Kind.DELETED)),
                true);
    }

    /** A watch that asks to look again when it begins would, if it were set anew for each look, never stop asking: that one stays until the node goes. */
    private void watch(Session session, NodePath node, WatchSpec spec, boolean stays) {
        if (blocker != null && blocker.equals(node)) {
            return;
        }
        stop();
        blocker = node;
        int mine = ++serial;
        watch = Calls.watch(session, spec, new Listener(mine) {
            @Override
            void changed(Kind kind, NodePath path) {
                moved(stays && kind != Kind.DELETED);
            }

            @Override
            void resync() {
                moved(stays);
            }

            private void moved(boolean keep) {
                if (!keep) {
                    stop();
                }
                owner.onMoved();
            }
        });
        lookSafely();
    }

    /** Follows the directory until none of those is left; they are a state no older than the own node. */
    void untilAllGone(Session session, Node own, List<Node> before, boolean settled) {
        mirror(session, own, before, Set.of(Kind.DELETED), path -> false, left -> {
            if (left.isEmpty() && settled) {
                owner.onAllGone();
            } else if (left.isEmpty()) {
                owner.onMoved();
            }
        });
    }

    /**
     * Follows the directory: whenever one of those has gone and the rest are few enough, or something has come or gone that concerns all, the owner is to look again.
     */
    void whileMany(
            Session session,
            Node own,
            List<Node> before,
            Predicate<NodePath> concernsAll,
            Predicate<List<Node>> fewEnough) {
        mirror(session, own, before, Set.of(Kind.DELETED, Kind.CREATED), concernsAll, left -> {
            if (fewEnough.test(left)) {
                owner.onMoved();
            }
        });
    }

    private void mirror(
            Session session,
            Node own,
            List<Node> before,
            Set<Kind> kinds,
            Predicate<NodePath> concernsAll,
            Consumer<List<Node>> whenOneHasLeft) {
        if (!mirrors) {
            stop();
            mirrors = true;
            whenOneLeft = whenOneHasLeft;
            NodePath ownPath = own.path();
            WatchSpec spec = new WatchSpec(
                    new WatchSpec.SubtreeOf(ownPath.parent()),
                    own.createdRevision().orElseThrow(),
                    kinds);
            int mine = ++serial;
            before.forEach(node -> ahead.put(node.path(), node));
            watch = Calls.watch(session, spec, new Listener(mine) {
                @Override
                void changed(Kind kind, NodePath path) {
                    if (concernsAll.test(path)) {
                        owner.onMoved();
                    } else if (kind == Kind.DELETED) {
                        left(path, ownPath);
                    }
                }

                @Override
                void resync() {
                    owner.onMoved();
                }
            });
        } else {
            whenOneLeft = whenOneHasLeft;
            ahead.clear();
            before.forEach(node -> ahead.put(node.path(), node));
            if (ahead.keySet().removeAll(gone)) {
                whenOneLeft.accept(List.copyOf(ahead.values()));
                if (!mirrors) {
                    return;
                }
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
        if (ahead.remove(path) != null) {
            whenOneLeft.accept(List.copyOf(ahead.values()));
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

        abstract void changed(Kind kind, NodePath path);

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
            onDrain(() -> changed(kind, path));
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
}
