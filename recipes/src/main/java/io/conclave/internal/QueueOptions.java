package io.conclave.internal;

import java.time.Duration;
import java.util.Objects;

/**
 * How one process uses a queue.
 *
 * @param capacity how many items fit; 0 to take what the store says
 * @param prefetch the most items that are claimed at a time
 * @param maxDeliveries after how many deliveries an item is dead; 0 for never
 * @param keepUnused how long claimed items wait here for a taker before they go back
 */
public record QueueOptions(int capacity, int prefetch, int maxDeliveries, Duration keepUnused) {
    /** What is used if nothing is said. */
    public static final QueueOptions DEFAULT = new QueueOptions(0, 16, 0, Duration.ofSeconds(1));

    /** The largest prefetch: claims of that many fit into one commit of every backend. */
    public static final int PREFETCH_MAX = 20;
    /** The largest batch: that many fit into one commit of every backend. */
    public static final int BATCH_MAX = 90;

    private static final int CAPACITY_MAX = 100_000_000;

    /** Refuses values out of range, naming them. */
    public QueueOptions {
        requireRange("capacity", capacity, 0, CAPACITY_MAX);
        requireRange("prefetch", prefetch, 1, PREFETCH_MAX);
        requireRange("maxDeliveries", maxDeliveries, 0, Integer.MAX_VALUE);
        if (Objects.requireNonNull(keepUnused, "keepUnused").isNegative() || keepUnused.isZero()) {
            throw new IllegalArgumentException("keepUnused " + keepUnused + " is not positive");
        }
    }

    private static void requireRange(String what, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(what + " " + value + " is not within " + least + " to " + most);
        }
    }

    /** With this capacity, 1 or more. */
    public QueueOptions withCapacity(int items) {
        requireRange("capacity", items, 1, CAPACITY_MAX);
        return new QueueOptions(items, prefetch, maxDeliveries, keepUnused);
    }

    /** With this prefetch. */
    public QueueOptions withPrefetch(int items) {
        return new QueueOptions(capacity, items, maxDeliveries, keepUnused);
    }

    /** With this bound on deliveries, 1 or more. */
    public QueueOptions withMaxDeliveries(int deliveries) {
        requireRange("maxDeliveries", deliveries, 1, Integer.MAX_VALUE);
        return new QueueOptions(capacity, prefetch, deliveries, keepUnused);
    }

    /** With this patience. */
    public QueueOptions withKeepUnused(Duration atMost) {
        return new QueueOptions(capacity, prefetch, maxDeliveries, atMost);
    }
}
