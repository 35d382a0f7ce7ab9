package io.conclave.backend.inmemory.log;

import java.util.concurrent.atomic.AtomicLong;

/** How much may be under way at a time, in number and bytes. */
final class Window {
    /** Number in the upper, bytes in the lower part, so that one step changes both. */
    private static final int BYTES_BITS = 40;

    private static final long BYTES_MASK = (1L << BYTES_BITS) - 1;

    private final AtomicLong used = new AtomicLong();
    private final int numberMax;
    private final long bytesMax;

    Window(int numberMax, long bytesMax) {
        this.numberMax = numberMax;
        this.bytesMax = Math.min(bytesMax, BYTES_MASK / 2);
    }

    /** Takes room for one more; false if there is none. */
    boolean enter(int bytes) {
        while (true) {
            long now = used.get();
            if ((now >>> BYTES_BITS) >= numberMax || (now & BYTES_MASK) + bytes > bytesMax) {
                return false;
            }
            if (used.compareAndSet(now, now + (1L << BYTES_BITS) + bytes)) {
                return true;
            }
        }
    }

    void leave(int bytes) {
        used.addAndGet(-(1L << BYTES_BITS) - bytes);
    }
}
