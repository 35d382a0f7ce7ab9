package io.conclave.semaphore;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * A semaphore on a path of the store: so many permits for all processes that use it. An acquire of any number of permits makes one node and takes one round trip.
 *
 * <p><b>Guarantees.</b> First come, first served: who wants more than is free waits, and those behind it wait too, however little they want. All or nothing: an acquire of
 * several permits never holds some of them. Together the grants never have more permits than there are, lowered limits apart. Permits come back when their grant is released, once, or when its
 * session ends; nothing can give back more than it took. When permits come back, in whatever order, those who wait get them. No acquire that ended without a
 * grant leaves a node behind. <b>Not guaranteed</b>: that a holder that was paused beyond its session does nothing any more, as for locks.
 *
 * <p><b>How many there are</b> is what the code declares. All callers have to declare the same: one that comes while others hold or wait who said otherwise fails with {@link
 * PermitsMismatchException}. {@link #resize} changes the number for all, whatever they declare, and leaves one node in the store, which says so until the next
 * resize.
 *
 * <p>A session that is suspended or lost, and what waiters do then: as for {@code DistributedLock}. <b>Memory consistency</b>: what a thread did before releasing a grant happens-before what
 * another thread of the same JVM does after an acquire that had to wait for that release.
 *
 * <p>Algorithm: ephemeral sequential nodes with the number of permits in their names, admitted by the sums over their order.
 */
public interface DistributedSemaphore {
    /**
     * The semaphore on this path. Nothing is sent before the first acquire.
     *
     * @param permits how many permits there are, at least 1: the same for all callers
     */
    static DistributedSemaphore of(Conclave conclave, String path, int permits) {
        return new QueuedSemaphore(conclave, path, permits);
    }

    /** The path. */
    String path();

    /** How many permits there are, as declared. */
    int declaredPermits();

    /**
     * So many permits, to be acquired together.
     *
     * @throws IllegalArgumentException if that is less than 1 or more than are declared. After a resize to more, declare more
     */
    Permits permits(int count);

    /** Waits for one permit. */
    default FencedGrant acquire() throws InterruptedException {
        return permits(1).acquire();
    }

    /** Waits for one permit, at most this long; see {@link Permits#acquire(Duration)}. */
    default FencedGrant acquire(Duration wait) throws InterruptedException, TimeoutException {
        return permits(1).acquire(wait);
    }

    /** Waits for so many permits. */
    default FencedGrant acquire(int count) throws InterruptedException {
        return permits(count).acquire();
    }

    /** Waits for so many permits, at most this long; see {@link Permits#acquire(Duration)}. */
    default FencedGrant acquire(int count, Duration wait) throws InterruptedException, TimeoutException {
        return permits(count).acquire(wait);
    }

    /** Takes one permit if one is free and nobody waits; see {@link Permits#tryAcquire()}. */
    default Optional<FencedGrant> tryAcquire() throws InterruptedException {
        return permits(1).tryAcquire();
    }

    /** Takes so many permits if they are free and nobody waits; see {@link Permits#tryAcquire()}. */
    default Optional<FencedGrant> tryAcquire(int count) throws InterruptedException {
        return permits(count).tryAcquire();
    }

    /** Waits for so many permits in a future; see {@link Permits#acquireAsync()}. */
    default CompletableFuture<FencedGrant> acquireAsync(int count) {
        return permits(count).acquireAsync();
    }

    /** Waits for so many permits in a future, at most this long; see {@link Permits#acquireAsync(Duration)}. */
    default CompletableFuture<FencedGrant> acquireAsync(int count, Duration wait) {
        return permits(count).acquireAsync(wait);
    }

    /**
     * Changes how many permits there are, for all who use the semaphore, now and from now on. More: those who wait get them at once. Fewer: nobody is revoked; what is given back is not
     * given out again before the new number fits. An acquire that wants more than the new number fails with {@link PermitsMismatchException} when its turn comes.
     *
     * @throws io.conclave.OutcomeUnknownException if the answer was lost: look at {@link #view()}, or call again, which does no harm
     * @throws IllegalArgumentException if the number is below 1
     */
    void resize(int permits) throws InterruptedException;

    /** Holders and waiters as the store sees them now. Blocks at most the call time-out. */
    SemaphoreView view() throws InterruptedException;
}
