package io.conclave.backend.etcd.testing;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Bounded waits for conditions that nobody announces. */
public final class Await {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private Await() {}

    /** Waits until it is so; {@code what} completes the sentence "waited 5 s until ...". */
    public static void until(String what, Duration limit, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - start > limit.toNanos()
                    || Thread.currentThread().isInterrupted()) {
                throw new AssertionError("waited " + limit.toMillis() + " ms until " + what + ", in vain");
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }
}
