package io.conclave.queue;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.OutcomeUnknownException;
import io.conclave.internal.QueueKind;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * A queue between the processes of a namespace: items are delivered in the order of their puts, each at least once.
 *
 * <p><b>Guarantees.</b> An item whose put returned is in the queue until a claim of it is completed. Items are delivered for the first time in the order of their puts: if one put
 * returned before another began, its item is claimed no later. A lost answer neither loses nor doubles an item while the session lives. An item is delivered again only after
 * its consumer's session ended or it gave the item back, and {@link Claim#delivery()} counts. With a capacity, no set of producers ever goes beyond it.
 * <b>Not guaranteed</b>: that an item is worked on once only, see {@link Claim}; the order of items that are delivered again.
 *
 * <p>A put whose session ends before the answer fails with {@link OutcomeUnknownException}: the item may be in the queue, once.
 *
 * <p><b>Memory consistency</b>: what a thread did before putting an item happens-before what another thread of the same JVM does after taking it.
 *
 * @param <T> the type of the items
 */
public interface DistributedQueue<T> extends ClaimSource<T> {
    /** The queue on this path with default options. */
    static <T> DistributedQueue<T> of(Conclave conclave, String path, Codec<T> codec) {
        return builder(conclave, path, codec).build();
    }

    /** Starts a queue with options. */
    static <T> QueueBuilder<DistributedQueue<T>> builder(Conclave conclave, String path, Codec<T> codec) {
        return new StoreQueueBuilder<T, DistributedQueue<T>>(conclave, path, codec, QueueKind.FIFO, FifoQueue::new);
    }

    /**
     * Puts an item. With a capacity, waits for room as long as it takes. If interrupted while it waits for room, nothing was put; while it waits for the answer, it may have
     * been.
     */
    void put(T value) throws InterruptedException;

    /**
     * Puts an item, waiting for room at most this long. Zero is one try, as {@link #tryPut}.
     *
     * @throws TimeoutException if there was no room in time: nothing was put
     */
    void put(T value, Duration wait) throws InterruptedException, TimeoutException;

    /** Puts an item if there is room. False: at some moment during the call there was none. */
    boolean tryPut(T value) throws InterruptedException;

    /** Like {@link #put(Object)}, in a future. Cancelling it gives up the wait for room; what was sent may be put. Puts in flight together come in any order. */
    CompletableFuture<Void> putAsync(T value);

    /** Puts up to 90 items in one commit, all or none, one behind the other in the order of the list. */
    void putAll(List<? extends T> values) throws InterruptedException;
}
