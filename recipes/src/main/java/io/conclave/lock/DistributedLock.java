package io.conclave.lock;

import io.conclave.Acquirable;
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
public interface DistributedLock extends Acquirable {
    /** The lock on this path with default options. */
    static DistributedLock of(Conclave conclave, String path) {
        return builder(conclave, path).build();
    }

    /** Starts a lock with options. */
    static DistributedLockBuilder builder(Conclave conclave, String path) {
        return new LockBuilder(conclave, path);
    }

    @Override
    Optional<Grant> tryAcquire() throws InterruptedException;

    @Override
    CompletableFuture<Grant> acquireAsync();

    @Override
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
