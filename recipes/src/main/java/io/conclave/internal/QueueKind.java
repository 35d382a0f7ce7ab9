package io.conclave.internal;

import io.conclave.spi.NodePath;

/**
 * In which order a queue gives its items, expressed as names of lanes: directories that are emptied in the order of their names. Each lane has a number; the queue's
 * tail says which is the lowest that may still be put into.
 */
public enum QueueKind {
    /** The order of puts. Lanes are numbered, 10 digits. */
    FIFO("fifo"),
    /** By priority, then the order of puts. Lanes are the priority, 3 digits, and the number. */
    PRIORITY("priority"),
    /** By the moment at which an item is due. Lanes hold the items of one minute, and their number is that minute since 1970. */
    DELAY("delay");

    /** The last of the priorities; the first is 0. */
    public static final int PRIORITY_MAX = 255;

    private static final long MINUTE_MILLIS = 60_000;
    private static final String BATCH = "b";

    final String label;

    QueueKind(String label) {
        this.label = label;
    }

    /** The lane for one item of this rank (priority, or the moment it is due), while the tail stands at that number. */
    String lane(long rank, long tail) {
        return switch (this) {
            case FIFO -> number(tail);
            case PRIORITY -> String.format("%03d-%s", rank, number(tail));
            case DELAY -> number(Math.max(rank / MINUTE_MILLIS, tail));
        };
    }

    /** The lane that a batch has for itself. */
    String batchLane(long rank, long number) {
        return lane(rank, number) + BATCH;
    }

    private static String number(long number) {
        return String.format("%010d", number);
    }

    /** The number of a lane; -1 for a name that is none. */
    static long numberOf(String lane) {
        String digits = lane.endsWith(BATCH) ? lane.substring(0, lane.length() - 1) : lane;
        digits = digits.substring(digits.indexOf('-') + 1);
        return digits.matches("[0-9]{10}") ? Long.parseLong(digits) : -1;
    }

    /** The rank with which an item of this lane is put again. */
    long rankOf(String lane, long wallClockMillis) {
        return switch (this) {
            case FIFO -> 0;
            case PRIORITY -> Long.parseLong(lane.substring(0, lane.indexOf('-')));
            case DELAY -> wallClockMillis;
        };
    }

    /** True if the store gives the items of the lane their order; else their names do. */
    boolean isOrderedByStore(String lane) {
        return this != DELAY && !lane.endsWith(BATCH);
    }

    /** When the first item of the lane may be due, by the wall clock; 0 for "now". */
    long beginOf(String lane) {
        return this == DELAY ? numberOf(lane) * MINUTE_MILLIS : 0;
    }

    /** When the item is due, by the wall clock; 0 for "now". */
    long dueOf(NodePath item) {
        if (this != DELAY) {
            return 0;
        }
        String name = item.name();
        int dash = name.indexOf('-');
        return dash > 0 && name.substring(0, dash).matches("[0-9]{13}") ? Long.parseLong(name.substring(0, dash)) : 0;
    }

    /** Lanes below this number are to be closed although the tail stands below it; 0 for none. */
    long closesBelow(long wallClockMillis) {
        return this == DELAY ? wallClockMillis / MINUTE_MILLIS - 1 : 0;
    }
}
