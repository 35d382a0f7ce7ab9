package io.conclave.lock;

import io.conclave.Acquirable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * Several things that are acquired together, all or none: locks, fenced locks, sides of read-write locks, permits of semaphores, in any mixture, of one {@link
 * io.conclave.Conclave}.
 *
 * <p><b>Guarantees.</b> They are acquired one after the other in the order of their paths, whatever the order in which they were given, so two multi-locks never wait for each other. One
 * deadline stands for all. The first that fails ends the acquire, and what was got is given back, the last first. If one of those that were got is lost while the others are awaited, all are
 * given back and it begins anew, within its deadline. A grant is given only when all of them are valid. <b>Not guaranteed</b>: that nobody sees some of them held while the
 * others are awaited; that code which takes the same locks one by one in another order does not dead-lock with it.
 */
public interface MultiLock {
    /**
     * These together. Nothing is sent before the first acquire.
     *
     * @throws IllegalArgumentException if there are none, if they are not of one Conclave, or if two of them stand in one queue, where one would wait for the other
     */
    static MultiLock of(Acquirable... parts) {
        return of(List.of(parts));
    }

    /** See {@link #of(Acquirable...)}. */
    static MultiLock of(List<? extends Acquirable> parts) {
        return new QueuedMultiLock(List.copyOf(parts));
    }

    /** The parts, in the order in which they were given. */
    List<Acquirable> parts();

    /** Waits until all are granted. If interrupted, nothing is left behind. */
    MultiGrant acquire() throws InterruptedException;

    /**
     * Waits until all are granted, at most this long together. A wait of zero is one try, as {@link #tryAcquire}.
     *
     * @throws TimeoutException if not all were granted in time; nothing is left behind (the clean-up finishes in the background)
     * @throws IllegalArgumentException if the time is negative
     */
    MultiGrant acquire(Duration wait) throws InterruptedException, TimeoutException;

    /**
     * Takes them if nobody has to be waited for: one round trip for each, one after the other. Empty means that somebody was ahead at one of them.
     *
     * @throws io.conclave.spi.UnavailableException if the store did not answer within the call time-out; nothing is left behind
     */
    Optional<MultiGrant> tryAcquire() throws InterruptedException;

    /** Like {@link #acquire()}. Cancelling the future, or completing it, withdraws; grants that came too late are released. */
    CompletableFuture<MultiGrant> acquireAsync();

    /** Like {@link #acquire(Duration)}: the future fails with {@link TimeoutException}. */
    CompletableFuture<MultiGrant> acquireAsync(Duration wait);
}
