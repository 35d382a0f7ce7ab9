package io.conclave.queue;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.internal.QueueKind;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * A queue by priority: the lowest number first, and within a priority the order of puts. Everything else is as in {@link DistributedQueue}.
 *
 * <p>An item is claimed only if none of a lower number was in the queue and unclaimed. Items that a consumer has claimed ahead are not taken from it: with a prefetch of p, up to p - 1
 * items of higher numbers may be worked on before one that was put just then.
 *
 * @param <T> the type of the items
 */
public interface DistributedPriorityQueue<T> extends ClaimSource<T> {
    /** The queue on this path with default options. */
    static <T> DistributedPriorityQueue<T> of(Conclave conclave, String path, Codec<T> codec) {
        return builder(conclave, path, codec).build();
    }

    /** Starts a queue with options. */
    static <T> QueueBuilder<DistributedPriorityQueue<T>> builder(Conclave conclave, String path, Codec<T> codec) {
        return new StoreQueueBuilder<T, DistributedPriorityQueue<T>>(
                conclave, path, codec, QueueKind.PRIORITY, RankedQueue::new);
    }

    /**
     * Puts an item; see {@link DistributedQueue#put(Object)}.
     *
     * @param priority 0 (first) to 255. Each priority in use costs consumers a request a look
     */
    void put(T value, int priority) throws InterruptedException;

    /** Puts an item, waiting for room at most this long; see {@link DistributedQueue#put(Object, Duration)}. */
    void put(T value, int priority, Duration wait) throws InterruptedException, TimeoutException;

    /** Puts an item if there is room; see {@link DistributedQueue#tryPut}. */
    boolean tryPut(T value, int priority) throws InterruptedException;

    /** Puts in a future; see {@link DistributedQueue#putAsync}. */
    CompletableFuture<Void> putAsync(T value, int priority);

    /** Puts up to 90 items of one priority in one commit; see {@link DistributedQueue#putAll}. */
    void putAll(List<? extends T> values, int priority) throws InterruptedException;
}
