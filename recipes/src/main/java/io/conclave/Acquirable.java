package io.conclave;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * Something on a path that is granted in order of arrival: a lock, a side of a read-write lock, a number of a semaphore's permits. The owner is whoever has the
 * {@link Grant}, not a thread. Thread-safe. What a wait, its end and a loss mean is the same for all of them.
 */
public interface Acquirable {
    /** The path. */
    String path();

    /** Waits until it is granted. If interrupted, nothing is left behind. */
    Grant acquire() throws InterruptedException;

    /**
     * Waits until it is granted, at most this long: one deadline for everything, connection troubles included. A wait of zero is one try, as {@link #tryAcquire}: it has
     * the call time-out to find out.
     *
     * @throws TimeoutException if it was not granted in time, or for a wait of zero also if the store did not answer; nothing is left behind (the clean-up finishes in the background)
     * @throws IllegalArgumentException if the time is negative
     */
    Grant acquire(Duration wait) throws InterruptedException, TimeoutException;

    /**
     * Takes it if nobody has to be waited for, after at most one round trip. Empty means that somebody, holder or waiter, was ahead.
     *
     * @throws io.conclave.spi.UnavailableException if the store did not answer within the call time-out; nothing is left behind
     */
    Optional<? extends Grant> tryAcquire() throws InterruptedException;

    /** Like {@link #acquire()}. Cancelling the future, or completing it, withdraws; a grant that came too late is released. */
    CompletableFuture<? extends Grant> acquireAsync();

    /** Like {@link #acquire(Duration)}: the future fails with {@link TimeoutException}. */
    CompletableFuture<? extends Grant> acquireAsync(Duration wait);
}
