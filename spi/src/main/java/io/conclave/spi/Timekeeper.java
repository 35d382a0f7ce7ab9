package io.conclave.spi;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;

/**
 * The only source of time, timers and helper threads below the recipes' surface, so that a test or a simulation can own all of
 * them (rule T5).
 */
public interface Timekeeper {
    /** Monotonic time in nanoseconds, with an arbitrary origin; compare by difference only. */
    long nanoTime();

    /** Wall-clock time in milliseconds since 1970. Information for people; nothing is decided by it. */
    long wallClockMillis();

    /**
     * Runs the task once, not before the delay has passed. The task must be short and must not block; it may run on a thread that
     * all timers share.
     */
    Cancellable schedule(Runnable task, Duration delay);

    /** Runs short tasks that must not run on the caller's stack. Never used for user code. */
    Executor executor();

    /**
     * Waits until the future is done, however it ended. The time limit, if any, is somebody's {@link #schedule} that completes the
     * future.
     *
     * @throws InterruptedException if interrupted while waiting; the future is left as it is
     */
    default void await(CompletableFuture<?> future) throws InterruptedException {
        try {
            future.get();
        } catch (ExecutionException | java.util.concurrent.CancellationException done) {
            return; // how it ended is the caller's to read
        }
    }

    /** The moment that lies {@code wait} from now; a wait too long for the scale is cut to about 146 years. */
    default long deadlineAfter(Duration wait) {
        long nanos;
        try {
            nanos = wait.toNanos();
        } catch (ArithmeticException tooLong) {
            nanos = wait.isNegative() ? 0 : Long.MAX_VALUE;
        }
        return nanoTime() + Math.max(0, Math.min(nanos, Long.MAX_VALUE / 2));
    }

    /** The time left until a deadline; zero if it has passed. */
    default Duration until(long deadlineNanos) {
        return Duration.ofNanos(Math.max(0, deadlineNanos - nanoTime()));
    }

    /** True if the deadline has passed or is now. */
    default boolean isPast(long deadlineNanos) {
        return deadlineNanos - nanoTime() <= 0;
    }

    /** The machine's own time, with daemon threads that end when nothing has used them for a while. */
    static Timekeeper system() {
        return SystemTimekeeper.INSTANCE;
    }
}
