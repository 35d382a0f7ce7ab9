package io.conclave.internal;

import io.conclave.FencedGrant;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.SessionLostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The consuming side of a queue in one process. Takers wait here; while there are any, the process stands in the line of consumers, and when it is in turn it looks, claims up
 * to {@code prefetch} items in one commit, hands them out and leaves the line, so that the next one comes in turn. If there is nothing, it stays in turn and is the only one
 * that is told of the next item. Owned by its drain.
 *
 * <p>Fresh items are claimed many at a time; those that were delivered before, one at a time, and handed out at once: so an item that kills its consumers takes none with
 * it twice.
 */
final class ItemFetcher {
    private static final int TAKERS_MAX = 100_000;

    private final ConclaveCore core;
    private final QueueLayout layout;
    private final QueueOptions options;
    private final SerialDrain drain;
    private final Acquirer line;
    private final QueueLook look;
    private final LaneSweep sweep;
    private final TurnWatch watch;
    private final Deque<ItemTaker> takers = new ArrayDeque<>();
    private final Deque<ItemClaim> ready = new ArrayDeque<>();
    private final Set<ItemClaim> open = new HashSet<>();
    private @Nullable CompletableFuture<FencedGrant> acquiring;
    private @Nullable HeldGrant turn;
    private @Nullable Cancellable unusedTimer;
    private boolean busy;
    private boolean parked;
    private boolean closed;
    private boolean holding;
    private int failures;
    private volatile int readyCount;

    ItemFetcher(ConclaveCore core, StoreCalls store, QueueLayout layout, QueueKind kind, QueueOptions options) {
        this.core = core;
        this.layout = layout;
        this.options = options;
        this.drain = new SerialDrain(core.timekeeper().executor());
        this.line = new Acquirer(core, layout.turn().toString(), AdmissionPolicies.LOCK, true, "");
        this.look = new QueueLook(core, layout, kind);
        this.sweep = new LaneSweep(core, store, layout, kind);
        this.watch = new TurnWatch(core, layout, drain, this::moved);
    }

    /** Takes. The future may be completed from outside; a claim that comes too late waits for the next taker. */
    void take(ItemTaker taker) {
        drain.execute(() -> {
            if (closed || core.isClosed()) {
                taker.future.completeExceptionally(closedFailure());
            } else if (takers.size() >= TAKERS_MAX) {
                taker.future.completeExceptionally(
                        new IllegalStateException(TAKERS_MAX + " takes from " + layout.root() + " wait already"));
            } else {
                takers.add(taker);
                pump();
            }
        });
        Calls.whenDone(taker.future, drain, (claim, failure) -> {
            if (takers.remove(taker)) {
                pump();
            }
        });
    }

    /** A guess from outside the drain: whether a taker would have to go to the store. */
    boolean hasNoneReady() {
        return readyCount == 0;
    }

    private BackendClosedException closedFailure() {
        return new BackendClosedException("the queue " + layout.root() + " is closed here");
    }

    /** Fails the takers and gives back what nobody has seen. Completes when that is done. */
    CompletableFuture<Void> close() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        drain.execute(() -> {
            closed = true;
            failTakers(closedFailure());
            endTurn();
            Calls.whenDone(giveBackUnused(), Runnable::run, (nothing, failure) -> done.complete(null));
        });
        return done;
    }

    private CompletableFuture<Void> giveBackUnused() {
        List<CompletableFuture<?>> back = new ArrayList<>();
        for (ItemClaim claim : ready) {
            if (claim.isOpen()) {
                back.add(claim.giveBackOnEngine());
            }
        }
        ready.clear();
        readyCount = 0;
        return CompletableFuture.allOf(back.toArray(CompletableFuture[]::new));
    }

    private void failTakers(Throwable why) {
        for (ItemTaker taker : List.copyOf(takers)) {
            takers.remove(taker);
            taker.future.completeExceptionally(why);
        }
    }

    private void pump() {
        handOut();
        if (takers.isEmpty() || closed) {
            endTurn();
            returnUnusedLater();
        } else if (turn == null) {
            acquire();
        } else if (!busy && !parked) {
            lookAtQueue(turn);
        }
    }

    private void handOut() {
        handOutReady();
        readyCount = ready.size();
    }

    private void handOutReady() {
        while (!ready.isEmpty() && !takers.isEmpty()) {
            ItemClaim claim = ready.remove();
            if (!claim.isValid()) {
                claim.giveBackInBackground(); // its session is over, or not believed: not to be worked on
                continue;
            }
            ItemTaker taker = takers.remove();
            claim.handOut();
            if (!taker.future.complete(claim)) {
                ready.addFirst(claim);
            }
        }
    }

    // ---- the line

    private void acquire() {
        if (acquiring != null) {
            return;
        }
        CompletableFuture<FencedGrant> coming = line.acquireOnEngine();
        acquiring = coming;
        Calls.whenDone(coming, drain, (grant, failure) -> {
            if (acquiring != coming) {
                return; // given up: see endTurn
            }
            acquiring = null;
            if (grant == null) {
                failTakers(failure != null ? failure : new IllegalStateException("no turn"));
                return;
            }
            HeldGrant held = (HeldGrant) grant;
            turn = held;
            parked = false;
            held.onEndAtOnce(() -> drain.execute(() -> turnEnded(held)));
            pump();
        });
    }

    private void turnEnded(HeldGrant held) {
        if (turn == held) {
            turn = null;
            parked = false;
            watch.stop();
            pump();
        }
    }

    private void endTurn() {
        CompletableFuture<FencedGrant> coming = acquiring;
        acquiring = null;
        if (coming != null && !coming.cancel(false) && !coming.isCompletedExceptionally()) {
            release((HeldGrant) coming.join());
        }
        HeldGrant held = turn;
        if (held != null && !busy) {
            turn = null;
            parked = false;
            watch.stop();
            release(held);
        }
    }

    private static void release(HeldGrant held) {
        Calls.inBackground(held.releaseOnEngine(), "leaving the line of consumers");
    }

    // ---- in turn

    private void moved() {
        if (parked) {
            parked = false;
            pump();
        }
    }

    private void lookAtQueue(HeldGrant held) {
        busy = true;
        boolean watched = watch.isActive(held);
        Calls.whenDone(
                look.look(held.session(), options.prefetch(), ReadLevel.OWN_WRITES, core.callDeadline()),
                drain,
                (found, failure) -> {
                    if (found == null) {
                        stumbled(held, failure);
                    } else if (!found.isNothing()) {
                        claim(held, found);
                    } else {
                        nothing(held, found, watched);
                    }
                });
    }

    private void claim(HeldGrant held, QueueLook.Found found) {
        ClaimCommit commit = new ClaimCommit(core, layout, held, this::ended);
        long deadline = core.callDeadline();
        CompletableFuture<List<ItemClaim>> claims = found.returnedFirst()
                ? commit.returned(found.returned().get(0), options.maxDeliveries(), deadline)
                : commit.fresh(found.fresh(), deadline);
        Calls.whenDone(claims, drain, (got, failure) -> {
            if (got == null) {
                stumbled(held, failure);
                return;
            }
            busy = false;
            failures = 0;
            sweep.maySweep(found);
            open.removeIf(claim -> claim.session().state().isFinal());
            open.addAll(got);
            recount();
            ready.addAll(got);
            pump();
        });
    }

    private void nothing(HeldGrant held, QueueLook.Found found, boolean watched) {
        busy = false;
        failures = 0;
        sweep.maySweep(found);
        for (ItemTaker taker : List.copyOf(takers)) {
            if (taker.tryOnly) {
                takers.remove(taker);
                taker.future.completeExceptionally(new ItemTaker.NothingException());
            }
        }
        if (turn != held || takers.isEmpty() || closed) {
            pump();
        } else if (watched) {
            parked = !watch.hasMovedSinceLook();
            watch.lookAgainAt(found.nextDueMillis());
            pump();
        } else {
            parked = true; // until the watch is set: it tells that by a move
            watch.start(held);
        }
    }

    /** A failure that passes with the session or with time; others are the takers'. */
    private void stumbled(HeldGrant held, @Nullable Throwable failure) {
        busy = false;
        if (turn != held || takers.isEmpty() || closed) {
            pump();
        } else if (failure instanceof SessionLostException) {
            parked = true; // the turn ends with it
            if (held.session().state().isFinal()) {
                turnEnded(held);
            }
        } else if (failure != null && RetryPolicy.mayPass(failure)) {
            parked = true;
            Calls.whenDone(core.keeper().pause(++failures, core.callDeadline()), drain, (nothing, never) -> moved());
        } else {
            failTakers(failure != null ? failure : new IllegalStateException("no answer and no failure"));
            pump();
        }
    }

    // ---- claims

    private void ended(ItemClaim claim) {
        drain.execute(() -> {
            open.remove(claim);
            recount();
        });
    }

    /** While there are claims, the session's validity is kept ahead. */
    private void recount() {
        if (open.isEmpty() == holding) {
            holding = !holding;
            core.keeper().hold(holding ? 1 : -1);
        }
    }

    private void returnUnusedLater() {
        Cancellable running = unusedTimer;
        if (running != null) {
            running.cancel();
            unusedTimer = null;
        }
        if (!ready.isEmpty()) {
            unusedTimer = core.timekeeper()
                    .schedule(
                            () -> drain.execute(() -> {
                                if (takers.isEmpty()) {
                                    Calls.inBackground(giveBackUnused(), "giving unused items back");
                                }
                            }),
                            options.keepUnused());
        }
    }
}
