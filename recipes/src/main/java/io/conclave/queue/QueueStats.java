package io.conclave.queue;

import java.util.OptionalInt;

/**
 * What is in a queue. Counted one after the other, so that the numbers need not belong to one moment.
 *
 * @param items all items, claimed or not; dead ones not
 * @param claimed those that a consumer has
 * @param returned those that were delivered before and have no consumer now
 * @param dead those that were delivered too often
 * @param capacity how many items fit; empty if there is no bound
 */
public record QueueStats(int items, int claimed, int returned, int dead, OptionalInt capacity) {
    /** Items that no consumer has, returned ones included. */
    public int waiting() {
        return Math.max(0, items - claimed);
    }
}
