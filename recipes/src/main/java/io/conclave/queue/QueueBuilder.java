package io.conclave.queue;

import java.time.Duration;

/**
 * Options of a queue in this process.
 *
 * @param <Q> the queue
 */
public interface QueueBuilder<Q> {
    /**
     * At most so many items are in the queue, claimed ones included, whoever puts. The first put writes it into the store; a producer that names another number is refused with
     * {@link IllegalStateException} at its first put, one that names none takes what the store says. With a bound, puts go one by one. Default: none.
     */
    QueueBuilder<Q> capacity(int items);

    /** Claims at most so many items at a time: 1 to 20, default 16. With 1, work is shared evenly, at about three times the requests. */
    QueueBuilder<Q> prefetch(int items);

    /** An item that this consumer would deliver once more than so often becomes a dead letter instead. 1 or more; default: never. */
    QueueBuilder<Q> maxDeliveries(int deliveries);

    /** Items that were claimed ahead go back when nobody has taken any for so long. Default one second. */
    QueueBuilder<Q> keepUnused(Duration atMost);

    /** The queue. Nothing is sent before the first use. */
    Q build();
}
