package io.conclave.internal;

import io.conclave.spi.BackendClosedException;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Node;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts items. Every put is guarded by the version of the tail as this process knows it, so that no put goes into a lane that was closed, and none past the capacity:
 * with a bound each put also writes the tail, and one that met another's is tried again with what that one left. Owned by its drain.
 *
 * <p>Without a bound the tail changes every few hundred puts and puts do not meet. With one they go one by one.
 */
final class ItemPutter {
    /** Own puts into one lane before the next is begun: short listings, whatever waits in the queue. */
    private static final int LANE_PUTS_MAX = 500;

    private static final int IN_FLIGHT_MAX = 100;
    private static final int WAITING_MAX = 100_000;
    private static final int KNOWN_LANES_MAX = 10_000;

    private record Known(QueueTail tail, long version) {}

    private final ConclaveCore core;
    private final StoreCalls store;
    private final QueueLayout layout;
    private final QueueKind kind;
    private final int capacity;
    private final SerialDrain drain;
    private final Deque<ItemPut> waiting = new ArrayDeque<>();
    private final Set<String> knownLanes = new HashSet<>();
    private int inFlight;
    private int lanePuts;
    private @Nullable Known known;
    private @Nullable RoomWait room;
    private boolean closed;

    ItemPutter(ConclaveCore core, StoreCalls store, QueueLayout layout, QueueKind kind, int capacity) {
        this.core = core;
        this.store = store;
        this.layout = layout;
        this.kind = kind;
        this.capacity = capacity;
        this.drain = new SerialDrain(core.timekeeper().executor());
    }

    /** Puts. When the future is completed from outside, what has not been sent is not sent. */
    void put(ItemPut put) {
        drain.execute(() -> {
            if (closed) {
                put.done.completeExceptionally(closedFailure());
            } else if (waiting.size() >= WAITING_MAX) {
                put.done.completeExceptionally(
                        new IllegalStateException(WAITING_MAX + " puts into " + layout.root() + " wait already"));
            } else {
                waiting.add(put);
                pump();
                RoomWait waits = room;
                if (waits != null && waits.isParked()) {
                    refuseWhoDoNotWait();
                }
            }
        });
        Calls.whenDone(put.done, drain, (result, failure) -> stopWaitingForRoom(put));
    }

    /** Gives up a put that waits, for room or for those before it. One that was sent goes on: it has the call time-out. */
    void giveUp(ItemPut put, Throwable why) {
        drain.execute(() -> {
            put.waitsForRoom = false;
            RoomWait waits = room;
            if (waiting.remove(put) || (waits != null && waits.isParked() && waits.put() == put)) {
                put.done.completeExceptionally(why);
            }
        });
    }

    private BackendClosedException closedFailure() {
        return new BackendClosedException("the queue " + layout.root() + " is closed here");
    }

    void close() {
        drain.execute(() -> {
            closed = true;
            waiting.forEach(put -> put.done.completeExceptionally(closedFailure()));
            waiting.clear();
            RoomWait waits = room;
            if (waits != null) {
                waits.put().done.completeExceptionally(closedFailure());
            }
        });
    }

    private void pump() {
        while (!waiting.isEmpty() && inFlight < IN_FLIGHT_MAX) {
            Known now = known;
            if (inFlight > 0 && (now == null || now.tail().capacity() > 0)) {
                return;
            }
            ItemPut next = waiting.remove();
            if (!next.done.isDone()) {
                inFlight++;
                next.deadlineNanos = core.callDeadline();
                go(next);
            }
        }
    }

    private void go(ItemPut put) {
        Known now = known;
        if (put.done.isDone()) {
            over();
        } else if (now == null) {
            readTail(put);
        } else if (now.tail().hasRoomFor(put.values.size())) {
            send(put, now);
        } else {
            count(put, now);
        }
    }

    private void over() {
        inFlight--;
        pump();
    }

    private void ended(ItemPut put, ItemPut.Result result) {
        put.done.complete(result);
        over();
    }

    private void failed(ItemPut put, Throwable why) {
        known = null;
        put.done.completeExceptionally(why);
        over();
    }

    /** Goes on, on the drain, with the value or with the put's failure. */
    private <T> void whenDone(ItemPut put, CompletableFuture<T> call, BiConsumer<ItemPut, T> next) {
        Calls.whenDone(call, drain, (value, failure) -> {
            try {
                if (value != null) {
                    next.accept(put, value);
                } else {
                    failed(put, failure != null ? failure : new IllegalStateException("no answer and no failure"));
                }
            } catch (RuntimeException refused) {
                failed(put, refused);
            }
        });
    }

    private void readTail(ItemPut put) {
        whenDone(
                put,
                store.read(List.of(Query.get(layout.tail())), ReadLevel.OWN_WRITES, put.deadlineNanos),
                (same, views) -> {
                    Optional<Node> node = ((View.OfNode) views.get(0)).node();
                    known = node.isPresent()
                            ? new Known(
                                    checked(QueueTail.read(node.get(), kind)),
                                    node.get().version())
                            : new Known(firstTail(), -1);
                    lanePuts = 0;
                    go(same);
                });
    }

    private QueueTail firstTail() {
        return new QueueTail(
                kind, Math.max(0, kind.closesBelow(core.timekeeper().wallClockMillis())), capacity, 0);
    }

    private QueueTail checked(QueueTail found) {
        if (capacity > 0 && found.capacity() != capacity) {
            throw new IllegalStateException("the queue " + layout.root() + " has "
                    + (found.capacity() == 0 ? "no bound" : "the capacity " + found.capacity()) + ", not the capacity "
                    + capacity);
        }
        return found;
    }

    private void send(ItemPut put, Known now) {
        boolean advance = lanePuts >= LANE_PUTS_MAX;
        ItemPut.Plan plan = new ItemPut.Plan(layout, put, now.tail(), now.version(), knownLanes, advance);
        if (plan.changesTail() && now.version() >= 0 && now.tail().capacity() == 0) {
            lanePuts = 0; // so that only one of those in flight begins the lane
        }
        lanePuts++;
        whenDone(put, store.commit(put.deadlineNanos, plan::addTo), (same, result) -> {
            if (result instanceof CommitResult.Applied) {
                applied(now, plan);
                ended(same, ItemPut.Result.PUT);
            } else if (result instanceof CommitResult.Refused refused) {
                refused(same, now, plan, refused.index());
            }
        });
    }

    private void applied(Known before, ItemPut.Plan plan) {
        if (knownLanes.size() > KNOWN_LANES_MAX) {
            knownLanes.clear();
        }
        knownLanes.addAll(plan.newLanes());
        if (plan.changesTail() && before.equals(known)) {
            known = new Known(plan.after, before.version() + 1); // if it is not, the next put is refused and reads it
        }
    }

    private void refused(ItemPut put, Known before, ItemPut.Plan plan, int index) {
        switch (plan.meaning(index)) {
            case TAIL_CHANGED -> {
                if (before.equals(known)) {
                    known = null;
                }
                again(put);
            }
            case LANE_EXISTS -> {
                knownLanes.addAll(plan.newLanes());
                if (kind == QueueKind.FIFO) {
                    known = null;
                }
                again(put);
            }
            default -> ended(put, ItemPut.Result.REFUSED);
        }
    }

    /** At once after the first refusal, after pauses later: with a bound, somebody else's put was done each time. */
    private void again(ItemPut put) {
        if (++put.refusals == 1) {
            go(put);
            return;
        }
        if (core.timekeeper().isPast(put.deadlineNanos)) {
            failed(
                    put,
                    new UnavailableException(
                            "the put met others' puts " + put.refusals + " times until the call time-out"));
            return;
        }
        Calls.whenDone(
                core.keeper().pause(Math.min(put.refusals - 1, 4), put.deadlineNanos),
                drain,
                (nothing, never) -> go(put));
    }

    // ---- a full queue

    /** The tail's size is an upper bound: counts what there is. Nobody else's put is in between, or the commit is refused. */
    private void count(ItemPut put, Known now) {
        CompletableFuture<QueueCensus> census =
                QueueCensus.take(store, layout, ReadLevel.OWN_WRITES, put.deadlineNanos);
        whenDone(put, census, (same, counted) -> {
            Known exact = new Known(now.tail().withSize(counted.items()), now.version());
            if (exact.tail().hasRoomFor(same.values.size())) {
                known = exact;
                send(same, exact);
            } else if (!same.waitsForRoom) {
                stopWaitingForRoom(same);
                ended(same, ItemPut.Result.FULL);
            } else {
                waitForRoom(same);
            }
        });
    }

    private void waitForRoom(ItemPut put) {
        known = null;
        if (put.done.isDone()) {
            stopWaitingForRoom(put);
            over();
            return;
        }
        RoomWait waits = room;
        if (waits == null) {
            waits = new RoomWait(core, layout, put, drain, this::lookForRoom);
            room = waits;
            waits.start();
        }
        waits.park();
        if (waits.isParked()) {
            refuseWhoDoNotWait();
        }
    }

    /** The queue was found full, and puts go one by one: those who want to know it now must not stand behind the one that waits. */
    private void refuseWhoDoNotWait() {
        for (ItemPut put : List.copyOf(waiting)) {
            if (!put.waitsForRoom) {
                waiting.remove(put);
                put.done.complete(ItemPut.Result.FULL);
            }
        }
    }

    private void lookForRoom(ItemPut put) {
        put.deadlineNanos = core.callDeadline();
        go(put);
    }

    private void stopWaitingForRoom(ItemPut put) {
        RoomWait waits = room;
        if (waits != null && waits.put() == put) {
            room = null;
            if (waits.stop()) {
                over(); // it was parked: nothing else goes on for it
            }
        }
    }
}
