package io.conclave.internal;

import io.conclave.Conclave;
import io.conclave.spi.Cancellable;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.PayloadTooLargeException;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The verbs of every queue, made once: what they mean is told by the interfaces of {@code io.conclave.queue}. Thread-safe. */
public final class ItemQueue implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ItemQueue.class);
    private static final int LANE_AND_NAME_CHARACTERS = 120;

    private final ConclaveCore core;
    private final StoreCalls store;
    private final QueueLayout layout;
    private final QueueKind kind;
    private final QueueOptions options;
    private final ItemPutter putter;
    private final ItemFetcher fetcher;

    /** A queue at this path. */
    public ItemQueue(Conclave conclave, String path, QueueKind kind, QueueOptions options) {
        this.core = ConclaveCore.of(conclave);
        this.layout = QueueLayout.of(requirePath(path));
        this.kind = kind;
        this.options = options;
        this.store = new StoreCalls(core);
        this.putter = new ItemPutter(core, store, layout, kind, options.capacity());
        this.fetcher = new ItemFetcher(core, store, layout, kind, options);
    }

    /** Checks a path for a queue; what it needs below must fit. */
    public static NodePath requirePath(String text) {
        NodePath path = ConclaveCore.requireUserPath(text);
        path.child("deliveries").child("x".repeat(LANE_AND_NAME_CHARACTERS));
        return path;
    }

    /** The path. */
    public NodePath path() {
        return layout.root();
    }

    /** The wall clock by which delays are counted. */
    public long wallClockMillis() {
        return core.timekeeper().wallClockMillis();
    }

    // ---- putting

    private ItemPut newPut(List<Payload> values, long rank, boolean waits) {
        int most = core.capabilities().maxPayloadBytes();
        for (Payload value : values) {
            if (value.size() > most) {
                throw new PayloadTooLargeException(
                        "an item of " + value.size() + " bytes is larger than the " + most + " allowed");
            }
        }
        if (values.isEmpty() || values.size() > QueueOptions.BATCH_MAX) {
            throw new IllegalArgumentException(
                    "a batch of " + values.size() + " items: 1 to " + QueueOptions.BATCH_MAX + " are possible");
        }
        if (options.capacity() > 0 && values.size() > options.capacity()) {
            throw new IllegalArgumentException("a batch of " + values.size()
                    + " items never fits into a queue of the capacity " + options.capacity());
        }
        return new ItemPut(values, rank, waits, List.of());
    }

    /** Puts all of them or none, waiting for room as long as it takes or at most so long. */
    public void put(List<Payload> values, long rank, @Nullable Duration wait)
            throws InterruptedException, TimeoutException {
        Callbacks.refuseInside("put");
        if (wait != null) {
            Waits.requireWait(wait);
        }
        if (wait != null && wait.isZero()) {
            if (!tryPut(values, rank)) {
                throw new TimeoutException("no room in " + path());
            }
            return;
        }
        refuseInterrupted("put");
        ItemPut put = newPut(values, rank, true);
        TimeoutException late = new TimeoutException("no room in " + path() + " in time");
        Cancellable timer = wait == null ? null : core.timekeeper().schedule(() -> putter.giveUp(put, late), wait);
        try {
            putter.put(put);
            if (Waits.get(core.timekeeper(), put.done) != ItemPut.Result.PUT) {
                throw late;
            }
        } catch (CompletionException failure) {
            if (failure.getCause() == late) {
                throw late;
            }
            throw failure;
        } finally {
            put.done.cancel(false);
            if (timer != null) {
                timer.cancel();
            }
        }
    }

    /** Puts them if there is room now. */
    public boolean tryPut(List<Payload> values, long rank) throws InterruptedException {
        Callbacks.refuseInside("tryPut");
        refuseInterrupted("tryPut");
        ItemPut put = newPut(values, rank, false);
        try {
            putter.put(put);
            return Waits.get(core.timekeeper(), put.done) == ItemPut.Result.PUT;
        } finally {
            put.done.cancel(false);
        }
    }

    /** Puts all of them or none, waiting for room in the future. */
    public CompletableFuture<Void> putAsync(List<Payload> values, long rank) {
        ItemPut put = newPut(values, rank, true);
        putter.put(put);
        CompletableFuture<Void> user = new CompletableFuture<>();
        Calls.forward(put.done.thenApply(result -> null), user, core.callbacks().completer("putAsync"));
        Calls.whenDone(user, Runnable::run, (nothing, failure) -> put.done.cancel(false));
        return user;
    }

    private static void refuseInterrupted(String verb) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before " + verb);
        }
    }

    // ---- taking

    /** Waits for an item as long as it takes, or at most so long. */
    public ItemClaim take(@Nullable Duration wait) throws InterruptedException, TimeoutException {
        Callbacks.refuseInside("take");
        if (wait != null && Waits.requireWait(wait).isZero()) {
            return tryTake().orElseThrow(() -> nothingIn("no item at hand in "));
        }
        refuseInterrupted("take");
        ItemTaker taker = new ItemTaker(false);
        TimeoutException late = nothingIn("no item in time in ");
        Cancellable timer =
                wait == null ? null : core.timekeeper().schedule(() -> taker.future.completeExceptionally(late), wait);
        try {
            return await(taker);
        } catch (CompletionException failure) {
            if (failure.getCause() == late) {
                throw late;
            }
            throw failure;
        } finally {
            if (timer != null) {
                timer.cancel();
            }
        }
    }

    private TimeoutException nothingIn(String what) {
        return new TimeoutException(what + path());
    }

    private ItemClaim await(ItemTaker taker) throws InterruptedException {
        boolean got = false;
        try {
            fetcher.take(taker);
            ItemClaim claim = Waits.get(core.timekeeper(), taker.future);
            got = true;
            return claim;
        } finally {
            if (!got && !taker.future.cancel(false) && !taker.future.isCompletedExceptionally()) {
                taker.future.join().giveBackInBackground();
            }
        }
    }

    /** An item if one is at hand. */
    public Optional<ItemClaim> tryTake() throws InterruptedException {
        Callbacks.refuseInside("tryTake");
        refuseInterrupted("tryTake");
        if (fetcher.hasNoneReady() && isEmptyNow()) {
            return Optional.empty();
        }
        ItemTaker taker = new ItemTaker(true);
        UnavailableException late = new UnavailableException("no answer about " + path() + " within the call time-out");
        Cancellable timer = core.timekeeper()
                .schedule(
                        () -> taker.future.completeExceptionally(late),
                        core.timekeeper().until(core.callDeadline()));
        try {
            return Optional.of(await(taker));
        } catch (ItemTaker.NothingException nothing) {
            return Optional.empty();
        } finally {
            timer.cancel();
        }
    }

    /** Nothing is unclaimed and due: so whoever is in turn may be waiting, and would be waited for in vain. */
    private boolean isEmptyNow() throws InterruptedException {
        long deadline = core.callDeadline();
        CompletableFuture<QueueLook.Found> found = store.anywhere(
                deadline,
                session -> new QueueLook(core, layout, kind).look(session, 1, ReadLevel.LINEARIZABLE, deadline));
        return waitFor(found).isNothing();
    }

    private <T> T waitFor(CompletableFuture<T> answer) throws InterruptedException {
        try {
            return Waits.get(core.timekeeper(), answer, core.callDeadline() + PlainNodes.GRACE_NANOS);
        } catch (TimeoutException late) {
            throw new UnavailableException("no answer within the call time-out", late);
        }
    }

    /** Waits for an item in a future. Cancelling it leaves the line; an item that came too late waits for the next taker. */
    public CompletableFuture<ItemClaim> takeAsync() {
        ItemTaker taker = new ItemTaker(false);
        fetcher.take(taker);
        CompletableFuture<ItemClaim> user = new CompletableFuture<>();
        Calls.whenDone(taker.future, core.callbacks().completer("takeAsync"), (claim, failure) -> {
            if (claim == null) {
                user.completeExceptionally(failure != null ? failure : new IllegalStateException("no item"));
            } else if (!user.complete(claim)) {
                claim.giveBackInBackground();
            }
        });
        Calls.whenDone(user, Runnable::run, (claim, failure) -> taker.future.cancel(false));
        return user;
    }

    // ---- looking after it

    /** Counts what is in the queue. */
    public QueueCensus census() throws InterruptedException {
        Callbacks.refuseInside("stats");
        return waitFor(QueueCensus.take(store, layout, ReadLevel.LINEARIZABLE, core.callDeadline()));
    }

    /** The bound that stands in the store; 0 if there is none. */
    public int capacity() throws InterruptedException {
        View view = core.plainNodes().read("capacity", Query.get(layout.tail()), ReadLevel.LINEARIZABLE);
        return ((View.OfNode) view)
                .node()
                .map(node -> QueueTail.read(node, kind).capacity())
                .orElse(0);
    }

    /** Dead items, with their data, sorted by key. */
    public List<Node> dead(int limit) throws InterruptedException {
        Query query = new Query.Children(layout.dead(), List.of(), Query.Bound.ALL, limit, true);
        return QueueCensus.nodes(core.plainNodes().read("deadLetters", query, ReadLevel.LINEARIZABLE));
    }

    /** Removes a dead item for good; false if it is none. */
    public boolean discardDead(String key) throws InterruptedException {
        return core.plainNodes().delete(deadItem(key).toString());
    }

    /** Puts a dead item into the queue again, in one commit; false if it is none. Waits for room. */
    public boolean putBackDead(String key) throws InterruptedException {
        Callbacks.refuseInside("putBack");
        NodePath path = deadItem(key);
        View view = core.plainNodes().read("putBack", Query.get(path), ReadLevel.LINEARIZABLE);
        Optional<Node> node = ((View.OfNode) view).node();
        if (node.isEmpty()) {
            return false;
        }
        long rank = kind.rankOf(QueueLayout.laneOf(key), wallClockMillis());
        ItemPut put = new ItemPut(List.of(node.get().data()), rank, true, List.of(Write.delete(path)));
        try {
            putter.put(put);
            return Waits.get(core.timekeeper(), put.done) == ItemPut.Result.PUT;
        } finally {
            put.done.cancel(false);
        }
    }

    private NodePath deadItem(String key) {
        if (QueueKind.numberOf(QueueLayout.laneOf(key)) < 0) {
            throw new IllegalArgumentException("'" + key + "' is no id of an item");
        }
        return layout.dead().child(key);
    }

    /** Ends this process's part: takes and puts that wait fail, what was claimed and not seen goes back. Claims that were taken stay. */
    @Override
    public void close() {
        putter.close();
        CompletableFuture<Void> closed = fetcher.close();
        if (Callbacks.isInside()) {
            return;
        }
        try {
            Waits.get(core.timekeeper(), closed, core.callDeadline());
        } catch (TimeoutException late) {
            LOG.debug("closing {} goes on in the background", path());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt(); // closing goes on in the background
        }
    }
}
