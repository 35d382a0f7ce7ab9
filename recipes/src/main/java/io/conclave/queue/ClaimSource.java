package io.conclave.queue;

import io.conclave.spi.BackendClosedException;
import io.conclave.spi.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * The consuming side that all queues share.
 *
 * <p>Processes that wait stand in a line. The one in turn claims up to {@link QueueBuilder#prefetch} items in one commit, hands them to its takers and leaves the line; those
 * that are left over wait in the process for its next takes, and go back after {@link QueueBuilder#keepUnused}. Only the one in turn is told of new items. An item whose
 * consumer died, or gave it back, is delivered again, alone and before those that nobody has claimed yet (of the same priority). Behind a prefetch of p, other consumers may
 * take items out of order: up to p - 1 that were put later, at the same time.
 *
 * @param <T> the type of the items
 */
public interface ClaimSource<T> extends AutoCloseable {
    /** The path. */
    String path();

    /** Waits for an item. If interrupted, nothing is lost: what had been claimed goes to the next take, or back. */
    Claim<T> take() throws InterruptedException;

    /**
     * Waits for an item, at most this long. Zero is one try, as {@link #tryTake}.
     *
     * @throws TimeoutException if none came in time
     * @throws IllegalArgumentException if the time is negative
     */
    Claim<T> take(Duration wait) throws InterruptedException, TimeoutException;

    /**
     * Takes an item if one is at hand. Empty: at some moment during the call, no item was due that was not claimed.
     *
     * @throws UnavailableException if the store did not answer within the call time-out
     */
    Optional<Claim<T>> tryTake() throws InterruptedException;

    /** Like {@link #take()}, in a future. Cancelling it leaves the line; an item that came too late goes to the next take, or back. */
    CompletableFuture<Claim<T>> takeAsync();

    /** Counts, in the store. One request for each few hundred items on ZooKeeper. */
    QueueStats stats() throws InterruptedException;

    /** The first so many of the items that were delivered {@link QueueBuilder#maxDeliveries} times without being completed, by id. */
    List<DeadLetter<T>> deadLetters(int limit) throws InterruptedException;

    /** Puts a dead item into the queue again, as a new one, in one commit. False if there is none with this id. */
    boolean putBack(String id) throws InterruptedException;

    /** Removes a dead item for good. False if there is none with this id. */
    boolean discard(String id) throws InterruptedException;

    /**
     * Ends what this object does: takes and puts that wait fail with {@link BackendClosedException}, what was claimed and never taken goes back. Claims that were taken stand.
     * Waits while that is done, at most the call time-out. Idempotent; never throws.
     */
    @Override
    void close();
}
