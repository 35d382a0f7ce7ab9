package io.conclave.internal;

import io.conclave.NodeListener;
import io.conclave.Registration;
import io.conclave.spi.BackendException;
import io.conclave.spi.NodePath;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A watch on a node and what is below, carried over from session to session. */
final class NodeWatch {
    private static final Logger LOG = LoggerFactory.getLogger(NodeWatch.class);

    private final ConclaveCore core;
    private final NodePath path;
    private final NodeListener listener;
    private final SerialCallbacks callbacks;
    private final SerialDrain drain;
    private final List<Watch> watches = new ArrayList<>();
    private boolean closed;
    private int round;

    NodeWatch(ConclaveCore core, NodePath path, NodeListener listener) {
        this.core = core;
        this.path = path;
        this.listener = listener;
        this.callbacks = core.serialCallbacks("a listener of " + path, listener::onResync);
        this.drain = new SerialDrain(core.timekeeper().executor());
    }

    Registration start() {
        drain.execute(() -> begin(core.keeper().session()));
        return () -> drain.execute(() -> {
            closed = true;
            stop();
        });
    }

    private void stop() {
        watches.forEach(Watch::cancel);
        watches.clear();
    }

    private void begin(CompletableFuture<Session> coming) {
        int now = ++round;
        Calls.whenDone(coming, drain, (session, failure) -> {
            if (closed || now != round) {
                return;
            }
            if (session == null) {
                LOG.warn("the watch of {} has ended: no session", path, failure);
                return;
            }
            watch(session, now, WatchSpec.subtree(path));
            if (!path.isRoot()) {
                watch(session, now, WatchSpec.node(path));
            }
        });
    }

    private void watch(Session session, int now, WatchSpec spec) {
        Watch watch = Calls.watch(session, spec, new WatchListener() {
            @Override
            public void onChange(WatchSpec.Kind kind, NodePath changed, long revision) {
                tell(now, () -> listener.onChange(kind, changed.toString()));
            }

            @Override
            public void onResync(long revision) {
                tell(now, listener::onResync);
            }

            @Override
            public void onEnd(BackendException why) {
                drain.execute(() -> again(session, now));
            }
        });
        watches.add(watch);
        Calls.whenDone(watch.active().toCompletableFuture(), drain, (nothing, failure) -> {
            if (failure == null) {
                tell(now, listener::onResync);
            }
        });
    }

    private void again(Session session, int then) {
        if (!closed && then == round) {
            stop();
            begin(
                    session.state().isFinal()
                            ? core.keeper().sessionAfter(session)
                            : core.keeper().session());
        }
    }

    private void tell(int then, Runnable call) {
        drain.execute(() -> {
            if (!closed && then == round) {
                callbacks.execute(call);
            }
        });
    }
}
