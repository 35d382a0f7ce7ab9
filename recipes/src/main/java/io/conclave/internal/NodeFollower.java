package io.conclave.internal;

import io.conclave.Conclave;
import io.conclave.Registration;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows one node for all of this process who wait for something about it or listen to it: one watch, and one read for each change, however many they are; nothing while there
 * is nobody. Whoever begins to wait gets a state that includes all that was committed before.
 */
public final class NodeFollower {
    private static final Logger LOG = LoggerFactory.getLogger(NodeFollower.class);
    private static final int WAITERS_MAX = 100_000;

    private final ConclaveCore core;
    private final NodePath path;
    private final SerialDrain drain;
    private final Set<Waiting<?>> waiting = new LinkedHashSet<>();
    private final Set<Consumer<Optional<Node>>> listening = new LinkedHashSet<>();
    private @Nullable WatchLoop loop;
    private boolean warned;

    /** Nothing is sent before somebody waits or listens. */
    public NodeFollower(Conclave conclave, NodePath path) {
        this.core = ConclaveCore.of(conclave);
        this.path = path;
        this.drain = new SerialDrain(core.timekeeper().executor());
    }

    @SuppressWarnings("ArrayRecordComponent") // a box for one number; compared by nobody
    private record Waiting<T>(
            PendingWait<T> pending, Function<Optional<Node>, Optional<T>> condition, long[] fromLook) {
        /** True if it is over. */
        boolean decide(Optional<Node> state) {
            try {
                condition.apply(state).ifPresentOrElse(pending::complete, pending::notYet);
            } catch (RuntimeException refused) {
                pending.fail(refused);
            }
            return pending.isDone();
        }
    }

    /**
     * Waits until the condition gives something; what it throws ends the wait. It is asked on an engine thread: quickly, and without user code. A null wait is for ever, zero
     * is one look.
     */
    public <T> PendingWait<T> await(
            Function<Optional<Node>, Optional<T>> condition, @Nullable Duration wait, String what) {
        PendingWait<T> pending = new PendingWait<>(core, wait, what);
        Waiting<T> mine = new Waiting<>(pending, condition, new long[1]);
        pending.begin(() -> drain.execute(() -> {
            waiting.remove(mine);
            stopIfIdle();
        }));
        drain.execute(() -> {
            if (pending.isDone()) {
                return;
            }
            if (waiting.size() >= WAITERS_MAX) {
                pending.fail(new IllegalStateException(WAITERS_MAX + " calls wait for " + path + " already"));
                return;
            }
            waiting.add(mine);
            WatchLoop running = running();
            mine.fromLook[0] = running.look(ReadLevel.LINEARIZABLE);
        });
        return pending;
    }

    /** Hands every state that is read to the consumer, on an engine thread, the present one first; the same one perhaps more than once. */
    public Registration follow(Consumer<Optional<Node>> consumer) {
        drain.execute(() -> {
            listening.add(consumer);
            WatchLoop running = running();
            running.look(ReadLevel.OWN_WRITES);
        });
        return () -> drain.execute(() -> {
            listening.remove(consumer);
            stopIfIdle();
        });
    }

    private WatchLoop running() {
        WatchLoop present = loop;
        if (present == null || !present.isRunning()) {
            present = new WatchLoop(core, drain, List.of(Query.get(path)), new Loop());
            loop = present;
            present.start();
        }
        return present;
    }

    private void stopIfIdle() {
        WatchLoop present = loop;
        if (present != null && waiting.isEmpty() && listening.isEmpty()) {
            present.stop();
            loop = null;
        }
    }

    private final class Loop implements WatchLoop.Follower {
        @Override
        public void onSession(Session session) {
            running().look(ReadLevel.LINEARIZABLE); // never behind what an earlier session has read
        }

        @Override
        public void onViews(List<View> views) {
            warned = false;
            Optional<Node> state = ((View.OfNode) views.get(0)).node();
            long answered = running().answered();
            List.copyOf(listening).forEach(one -> one.accept(state));
            for (Waiting<?> one : List.copyOf(waiting)) {
                if (one.fromLook[0] <= answered && one.decide(state)) {
                    waiting.remove(one);
                }
            }
            stopIfIdle();
            if (loop != null) {
                loop.watch(List.of(WatchSpec.node(path))); // when it is set, it looks again
            }
        }

        @Override
        public boolean onFailure(Throwable why) {
            waiting.forEach(one -> one.pending.fail(why));
            waiting.clear();
            if (listening.isEmpty() || why instanceof BackendClosedException) {
                return false;
            }
            if (!warned) {
                warned = true;
                LOG.warn("{} cannot be followed now; tried again until it works", path, why);
            }
            return true;
        }
    }
}
