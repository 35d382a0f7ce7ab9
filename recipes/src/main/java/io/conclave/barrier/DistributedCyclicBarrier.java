package io.conclave.barrier;

import io.conclave.Conclave;
import java.time.Duration;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * A barrier at which a number of members wait for each other, again and again: the distributed {@link java.util.concurrent.CyclicBarrier}.
 *
 * <p><b>Guarantees.</b> No {@link #await} returns before {@code parties} members wait at one moment. If one that waits gives up (time-out, interrupt, cancellation) or dies (its session
 * ends), the barrier is broken: the others get {@link BrokenBarrierException}, and so does everybody until {@link #reset}. The moment at which all are let through is one commit that takes
 * their nodes away, so it lets through exactly those who were there, once. A member that is one too many waits in the next generation. <b>Not guaranteed</b>: that a death is noticed before the store
 * has ended the session; and a member that arrived and died while nobody else waited leaves the barrier as it was before.
 *
 * <p><b>Sessions.</b> Suspended: waits go on. Lost: as if the member had died, also for itself, unless all had been let through before.
 *
 * <p>A member is an ephemeral node; the first of those who wait watches the others, they watch it. Semantics of {@code java.util.concurrent}.
 */
public interface DistributedCyclicBarrier {
    /**
     * The barrier for so many on this path. Nothing is sent before somebody awaits it. The most is what one commit can do: {@link
     * io.conclave.spi.Capabilities#maxOperations()} less 4 (etcd: 96, ZooKeeper: 252).
     *
     * @throws IllegalArgumentException if there are fewer parties than 1, or more than that
     */
    static DistributedCyclicBarrier of(Conclave conclave, String path, int parties) {
        return new CycleBarrier(conclave, path, parties);
    }

    /** The path. */
    String path();

    /** How many wait for each other. */
    int parties();

    /**
     * Waits until all have come. Returns the order of arrival, as {@link java.util.concurrent.CyclicBarrier#await()}: {@code parties - 1} for the first, 0 for the last.
     *
     * @throws BrokenBarrierException if the barrier is broken, was broken or reset meanwhile, or this member's session was lost
     * @throws IllegalStateException if others wait there with another number of parties
     */
    int await() throws InterruptedException, BrokenBarrierException;

    /**
     * Waits until all have come, at most this long: one deadline for everything. A wait of zero looks once.
     *
     * @throws TimeoutException if not all came in time; the barrier is broken (finished in the background), unless all were let through at that very moment
     * @throws BrokenBarrierException as {@link #await()}
     * @throws IllegalStateException as {@link #await()}
     */
    int await(Duration wait) throws InterruptedException, TimeoutException, BrokenBarrierException;

    /** Like {@link #await()} in a future. Cancelling it breaks the barrier. */
    CompletableFuture<Integer> awaitAsync();

    /** Like {@link #await(Duration)} in a future. */
    CompletableFuture<Integer> awaitAsync(Duration wait);

    /** Whether it is broken, after everything that was committed before the call. */
    boolean isBroken() throws InterruptedException;

    /** How many wait. */
    int waiting() throws InterruptedException;

    /** Begins anew, for this object's number of parties: who waits gets {@link BrokenBarrierException}, and the barrier is not broken any more. */
    void reset() throws InterruptedException;
}
