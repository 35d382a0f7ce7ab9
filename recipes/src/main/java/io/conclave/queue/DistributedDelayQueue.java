package io.conclave.queue;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.internal.QueueKind;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * A queue of items that are delivered when their delay has passed, those that are due first before others. Everything else is as in {@link DistributedQueue}.
 *
 * <p><b>By whose time.</b> ZooKeeper and etcd offer clients no time of their own. The producer's wall clock says when an item is due, the consumer's whether it is: if the
 * two clocks differ, items come earlier or later by that difference. A stepped clock is noticed within ten seconds. Nothing else depends on the clocks: no item is lost or doubled by
 * them. Items that are due at the same millisecond come in any order.
 *
 * @param <T> the type of the items
 */
public interface DistributedDelayQueue<T> extends ClaimSource<T> {
    /** The longest delay. */
    Duration MAX_DELAY = Duration.ofDays(36_500);

    /** The queue on this path with default options. */
    static <T> DistributedDelayQueue<T> of(Conclave conclave, String path, Codec<T> codec) {
        return builder(conclave, path, codec).build();
    }

    /** Starts a queue with options. */
    static <T> QueueBuilder<DistributedDelayQueue<T>> builder(Conclave conclave, String path, Codec<T> codec) {
        return new StoreQueueBuilder<T, DistributedDelayQueue<T>>(
                conclave, path, codec, QueueKind.DELAY, DueQueue::new);
    }

    /**
     * Puts an item; see {@link DistributedQueue#put(Object)}.
     *
     * @param delay from now until it may be delivered: 0 to {@link #MAX_DELAY}, in milliseconds, rounded up
     */
    void put(T value, Duration delay) throws InterruptedException;

    /** Puts an item, waiting for room at most this long; see {@link DistributedQueue#put(Object, Duration)}. The delay counts from the call. */
    void put(T value, Duration delay, Duration wait) throws InterruptedException, TimeoutException;

    /** Puts an item if there is room; see {@link DistributedQueue#tryPut}. */
    boolean tryPut(T value, Duration delay) throws InterruptedException;

    /** Puts in a future; see {@link DistributedQueue#putAsync}. */
    CompletableFuture<Void> putAsync(T value, Duration delay);

    /** Puts up to 90 items that are due together in one commit; see {@link DistributedQueue#putAll}. Their order is that of the list. */
    void putAll(List<? extends T> values, Duration delay) throws InterruptedException;
}
