package io.conclave.lock;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.QueueView;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A mutual-exclusion lock on a path of the store, granted in the order of arrival of the processes; threads of one {@link Conclave} queue locally and
 * their process stands in the cluster's queue once ({@link DistributedLockBuilder#fair} gives each its own place). Not reentrant: a second acquire waits. See {@link
 * #asJavaLock()} for a reentrant view.
 *
 * <p><b>Guarantees.</b> At any moment at most one contender's node is first in the store's order. Each grant has a fencing token larger than those
 * before. No waiting, cancelled, interrupted or timed-out acquire leaves a node behind. <b>Not guaranteed</b>: that nothing overlaps a holder
 * whose process was paused beyond its session: {@link Grant#isValid()} says lost at once after the pause, but what it sent before may still
 * arrive. Use the token at the resource.
 *
 * <p><b>Memory consistency</b>: what a thread did before releasing a grant happens-before what another thread of the same JVM does after acquiring the next.
 *
 * <p>Algorithm: ephemeral sequential nodes, each watching the one ahead (ZooKeeper recipes, "Locks"); names as Apache Curator writes them, so that
 * Curator and go-zookeeper processes can share the path.
 */
public interface DistributedLock {
    /** The lock on this path with default options. */
    static DistributedLock of(Conclave conclave, String path) {
        return builder(conclave, path).build();
    }

    /** Starts a lock with options. */
    static DistributedLockBuilder builder(Conclave conclave, String path) {
        return new LockBuilder(conclave, path);
    }

    /** The path. */
    String path();

    /** Waits until the lock is granted. If interrupted, nothing is left behind. */
    Grant acquire() throws InterruptedException;

    /**
     * Waits until the lock is granted, at most this long: one deadline for everything, connection troubles included. A wait of zero is one try, as {@link #tryAcquire}:
     * it has the call time-out to find out.
     *
     * @throws TimeoutException if it was not granted in time, or for a wait of zero also if the store did not answer; nothing is left behind (the clean-up finishes in the background)
     * @throws IllegalArgumentException if the time is negative
     */
    Grant acquire(Duration wait) throws InterruptedException, TimeoutException;

    /**
     * Takes the lock if nobody is ahead, after at most one round trip. Empty means that somebody, holder or waiter, was ahead.
     *
     * @throws io.conclave.spi.UnavailableException if the store did not answer within the call time-out; nothing is left behind
     */
    Optional<Grant> tryAcquire() throws InterruptedException;

    /** Like {@link #acquire()}. Cancelling the future, or completing it, withdraws; a grant that came too late is released. */
    CompletableFuture<Grant> acquireAsync();

    /** Like {@link #acquire(Duration)}: the future fails with {@link TimeoutException}. */
    CompletableFuture<Grant> acquireAsync(Duration wait);

    /** Acquires, runs the body and releases. */
    default void run(Duration wait, Consumer<? super Grant> body) throws InterruptedException, TimeoutException {
        try (Grant grant = acquire(wait)) {
            body.accept(grant);
        }
    }

    /** Acquires, calls the body and releases. */
    default <T> T call(Duration wait, Function<? super Grant, T> body) throws InterruptedException, TimeoutException {
        try (Grant grant = acquire(wait)) {
            return body.apply(grant);
        }
    }

    /** Holder and waiters as the store sees them now. Blocks at most the call time-out. */
    QueueView queue() throws InterruptedException;

    /**
     * The reentrant {@link Lock} view, held by threads. A hold whose grant was lost is void, with all its nesting: the next {@code lock()} of the
     * thread goes to the store, and each {@code unlock()} of the void nesting throws {@link io.conclave.GrantLostException}. {@code newCondition()} is
     * not supported. All views of one lock object share their holds.
     */
    Lock asJavaLock();
}
