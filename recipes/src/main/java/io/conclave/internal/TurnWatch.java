package io.conclave.internal;

import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.NodePath;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the consumer in turn watches while the queue has nothing for it: items that come, and claims that go. Set only after a look has found nothing, and followed by
 * another one, so that nothing is missed and a busy queue costs no watch. Owned by the fetcher's drain.
 */
final class TurnWatch {
    private static final Logger LOG = LoggerFactory.getLogger(TurnWatch.class);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);
    /** So that a clock that is stepped is noticed. */
    private static final long DUE_WAIT_MAX_MILLIS = 10_000;

    private final ConclaveCore core;
    private final QueueLayout layout;
    private final SerialDrain drain;
    private final Runnable move;
    private @Nullable HeldGrant held;
    private @Nullable Watch watch;
    private @Nullable Cancellable timer;
    private boolean active;
    private boolean moved;
    private int round;

    TurnWatch(ConclaveCore core, QueueLayout layout, SerialDrain drain, Runnable move) {
        this.core = core;
        this.layout = layout;
        this.drain = drain;
        this.move = move;
    }

    /** Asked before a look: whether every change from now on is told. */
    boolean isActive(HeldGrant turn) {
        moved = false;
        return active && held == turn;
    }

    boolean hasMovedSinceLook() {
        return moved;
    }

    void start(HeldGrant turn) {
        stop();
        held = turn;
        int now = round;
        WatchSpec spec = new WatchSpec(
                new WatchSpec.SubtreeOf(layout.root()), 0, Set.of(WatchSpec.Kind.CREATED, WatchSpec.Kind.DELETED));
        Watch started = Calls.watch(turn.session(), spec, new WatchListener() {
            @Override
            public void onChange(WatchSpec.Kind kind, NodePath path, long revision) {
                boolean matters = kind == WatchSpec.Kind.CREATED
                        ? path.startsWith(layout.items())
                        : path.startsWith(layout.claims());
                if (matters) {
                    drain.execute(() -> tell(now));
                }
            }

            @Override
            public void onResync(long revision) {
                drain.execute(() -> tell(now));
            }

            @Override
            public void onEnd(BackendException why) {
                LOG.debug("the watch of {} ended", layout.root(), why);
                drain.execute(() -> {
                    if (now == round) {
                        active = false;
                        tell(now);
                    }
                });
            }
        });
        watch = started;
        Calls.whenDone(started.active().toCompletableFuture(), drain, (nothing, failure) -> {
            if (now == round && failure == null) {
                active = true;
                tell(now);
            }
        });
        lookAgainAt(0);
    }

    /** Looks again at that time of the wall clock, or after a while; 0 for no certain time. */
    void lookAgainAt(long dueMillis) {
        Cancellable before = timer;
        if (before != null) {
            before.cancel();
        }
        int now = round;
        Duration wait = dueMillis == 0
                ? LOOK_AGAIN
                : Duration.ofMillis(Math.max(
                        1,
                        Math.min(
                                DUE_WAIT_MAX_MILLIS,
                                dueMillis - core.timekeeper().wallClockMillis())));
        timer = core.timekeeper().schedule(() -> drain.execute(() -> tell(now)), wait);
    }

    private void tell(int then) {
        if (then == round) {
            moved = true;
            move.run();
        }
    }

    void stop() {
        round++;
        active = false;
        held = null;
        Watch running = watch;
        if (running != null) {
            running.cancel();
            watch = null;
        }
        Cancellable later = timer;
        if (later != null) {
            later.cancel();
            timer = null;
        }
    }
}
