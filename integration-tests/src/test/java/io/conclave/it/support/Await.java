package io.conclave.it.support;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Bounded waits for conditions that nobody announces. */
public final class Await {
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    private Await() {}

    /**
     * Waits until the condition holds.
     *
     * @param what completes the sentence "waited 5 s until ..." when it does not
     * @throws AssertionError when the time is over; with the condition's last exception, which counts as not yet
     */
    public static void until(Callable<Boolean> condition, Duration limit, String what) throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            Exception last = null;
            try {
                if (condition.call()) {
                    return;
                }
            } catch (InterruptedException interrupted) {
                throw interrupted;
            } catch (Exception notYet) {
                last = notYet;
            }
            if (System.nanoTime() - start > limit.toNanos()) {
                throw new AssertionError("waited " + limit.toMillis() + " ms until " + what + ", in vain", last);
            }
            pause(POLL_NANOS);
        }
    }

    /** Parks for about this long: for schedules of faults, never to order events. */
    public static void pause(long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }
}
