package io.conclave.internal;

import io.conclave.FencedGrant;
import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.NodePath;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A put that waits for room in a full queue. The producers that wait stand in line for a lock, and only its holder watches the items, so that one that is consumed wakes
 * one producer. The line is about who is woken and nothing else: the tail's version keeps the bound. Owned by the putter's drain.
 */
final class RoomWait {
    private static final Logger LOG = LoggerFactory.getLogger(RoomWait.class);
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

    private final ConclaveCore core;
    private final QueueLayout layout;
    private final ItemPut put;
    private final SerialDrain drain;
    private final Consumer<ItemPut> look;
    private @Nullable CompletableFuture<FencedGrant> acquiring;
    private @Nullable HeldGrant turn;
    private @Nullable Watch watch;
    private @Nullable Cancellable timer;
    private boolean parked;
    private boolean moved;
    private boolean over;

    RoomWait(ConclaveCore core, QueueLayout layout, ItemPut put, SerialDrain drain, Consumer<ItemPut> look) {
        this.core = core;
        this.layout = layout;
        this.put = put;
        this.drain = drain;
        this.look = look;
    }

    ItemPut put() {
        return put;
    }

    boolean isParked() {
        return parked;
    }

    void start() {
        CompletableFuture<FencedGrant> coming =
                new Acquirer(core, layout.room().toString(), AdmissionPolicies.LOCK, true, "").acquireOnEngine();
        acquiring = coming;
        Calls.whenDone(coming, drain, (grant, failure) -> {
            if (over) {
                return; // cancelled, or released by stop
            }
            acquiring = null;
            if (grant == null) {
                put.done.completeExceptionally(failure != null ? failure : new IllegalStateException("no turn"));
                return;
            }
            HeldGrant held = (HeldGrant) grant;
            turn = held;
            held.onEndAtOnce(() -> drain.execute(() -> lost(held)));
            watch(held.session());
        });
    }

    private void lost(HeldGrant held) {
        if (!over && turn == held) {
            turn = null;
            stopWatching();
            start();
        }
    }

    private void watch(Session session) {
        WatchSpec spec = new WatchSpec(new WatchSpec.SubtreeOf(layout.items()), 0, Set.of(WatchSpec.Kind.DELETED));
        watch = Calls.watch(session, spec, new WatchListener() {
            @Override
            public void onChange(WatchSpec.Kind kind, NodePath path, long revision) {
                drain.execute(RoomWait.this::moved);
            }

            @Override
            public void onResync(long revision) {
                drain.execute(RoomWait.this::moved);
            }

            @Override
            public void onEnd(BackendException why) {
                LOG.debug("the watch of {} ended", layout.items(), why);
            }
        });
        Calls.whenDone(watch.active().toCompletableFuture(), drain, (nothing, failure) -> moved());
        lookAgainLater();
    }

    private void lookAgainLater() {
        timer = core.timekeeper()
                .schedule(
                        () -> drain.execute(() -> {
                            if (!over && turn != null) {
                                moved();
                                lookAgainLater();
                            }
                        }),
                        LOOK_AGAIN);
    }

    private void moved() {
        if (over || turn == null) {
            return;
        }
        if (parked) {
            parked = false;
            look.accept(put);
        } else {
            moved = true;
        }
    }

    /** The queue was found full. */
    void park() {
        parked = true;
        if (moved) {
            moved = false;
            moved();
        }
    }

    /** Nobody waits any more. Returns whether it was parked. */
    boolean stop() {
        over = true;
        stopWatching();
        CompletableFuture<FencedGrant> coming = acquiring;
        if (coming != null && !coming.cancel(false) && !coming.isCompletedExceptionally()) {
            giveUp((HeldGrant) coming.join());
        }
        if (turn != null) {
            giveUp(turn);
        }
        return parked;
    }

    private static void giveUp(HeldGrant held) {
        Calls.inBackground(held.releaseOnEngine(), "releasing the turn of a producer");
    }

    private void stopWatching() {
        Watch running = watch;
        if (running != null) {
            running.cancel();
        }
        Cancellable later = timer;
        if (later != null) {
            later.cancel();
        }
    }
}
