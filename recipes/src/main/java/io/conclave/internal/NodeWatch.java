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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A watch on a node and what is below, carried over from session to session, and tried again with pauses when it fails. Owned by its drain. */
final class NodeWatch {
    private static final Logger LOG = LoggerFactory.getLogger(NodeWatch.class);

    private final ConclaveCore core;
    private final NodePath path;
    private final NodeListener listener;
    private final SerialCallbacks callbacks;
    private final SerialDrain drain;
    private final List<Watch> watches = new ArrayList<>();
    private volatile boolean closed;
    private int round;
    private int failures;

    NodeWatch(ConclaveCore core, NodePath path, NodeListener listener) {
        this.core = core;
        this.path = path;
        this.listener = listener;
        this.callbacks = core.serialCallbacks("a listener of " + path, () -> unlessClosed(listener::onResync));
        this.drain = new SerialDrain(core.timekeeper().executor());
    }

    Registration start() {
        drain.execute(() -> begin(core.keeper().session()));
        return () -> {
            closed = true;
            drain.execute(this::stop);
        };
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
                tryLater(failure);
                return;
            }
            List<CompletableFuture<Void>> active = new ArrayList<>();
            active.add(watch(session, now, WatchSpec.subtree(path)));
            if (!path.isRoot()) {
                active.add(watch(session, now, WatchSpec.node(path)));
            }
            Calls.whenDone(
                    CompletableFuture.allOf(active.toArray(CompletableFuture[]::new)), drain, (nothing, refused) -> {
                        if (refused == null && now == round) {
                            failures = 0;
                        }
                    });
        });
    }

    private void tryLater(@Nullable Throwable failure) {
        if (core.isClosed()) {
            return;
        }
        failures++;
        if (failures == 1) {
            LOG.warn("the watch of {} failed and is tried again until it works", path, failure);
        }
        core.timekeeper().schedule(() -> drain.execute(this::beginAgain), RetryPolicy.pause(failures));
    }

    private void beginAgain() {
        if (!closed) {
            begin(core.keeper().session());
        }
    }

    private CompletableFuture<Void> watch(Session session, int now, WatchSpec spec) {
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
                drain.execute(() -> ended(session, now, why));
            }
        });
        watches.add(watch);
        CompletableFuture<Void> active = watch.active().toCompletableFuture();
        Calls.whenDone(active, drain, (nothing, failure) -> {
            if (failure == null) {
                tell(now, listener::onResync);
            }
        });
        return active;
    }

    private void ended(Session session, int then, BackendException why) {
        if (closed || then != round) {
            return;
        }
        round++;
        stop();
        if (session.state().isFinal()) {
            begin(core.keeper().sessionAfter(session));
        } else {
            tryLater(why);
        }
    }

    private void tell(int then, Runnable call) {
        drain.execute(() -> {
            if (!closed && then == round) {
                callbacks.execute(() -> unlessClosed(call));
            }
        });
    }

    private void unlessClosed(Runnable call) {
        if (!closed) {
            call.run();
        }
    }
}
