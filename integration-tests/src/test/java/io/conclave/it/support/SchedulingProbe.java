package io.conclave.it.support;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Measures how late this machine wakes a thread, while it is open: the yardstick for bars on time. */
public final class SchedulingProbe implements AutoCloseable {
    private static final long STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final AtomicLong worst = new AtomicLong();
    private volatile boolean open = true;

    /** Starts measuring. */
    public SchedulingProbe() {
        Thread thread = new Thread(this::measure, "scheduling-probe");
        thread.setDaemon(true);
        thread.start();
    }

    /** The largest delay so far. */
    public Duration worst() {
        return Duration.ofNanos(worst.get());
    }

    /** What a deadline may be missed by: 100 ms or three times the worst delay, whichever is more. */
    public Duration tolerance() {
        return Duration.ofNanos(Math.max(TimeUnit.MILLISECONDS.toNanos(100), 3 * worst.get()));
    }

    /** Forgets what was measured. */
    public void reset() {
        worst.set(0);
    }

    @Override
    public void close() {
        open = false; // the thread ends within a step
    }

    private void measure() {
        while (open) {
            long asked = System.nanoTime() + STEP_NANOS;
            LockSupport.parkNanos(STEP_NANOS);
            long late = System.nanoTime() - asked;
            worst.accumulateAndGet(late, Math::max);
        }
    }
}
