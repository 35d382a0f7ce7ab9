package io.conclave.barrier;

import io.conclave.Conclave;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * A count on a path that goes down to zero, and whoever awaits that: the distributed {@link java.util.concurrent.CountDownLatch}.
 *
 * <p><b>Guarantees.</b> A count-down takes effect at most once, also if the answer to it is lost, and the count is never negative. An await returns only after the count of its
 * generation has reached zero, and then all do. A wait that ended otherwise leaves nothing behind. <b>Not guaranteed</b>: that who has counted down still lives; a count-down stays when the
 * process that made it dies.
 *
 * <p>The latch is made with its count by whoever uses it first. At zero it stays open, as in {@code java.util.concurrent}, until {@link #restart} begins a new generation with the
 * full count: call it before a new run, so that the zero of the last run lets nobody through.
 *
 * <p><b>Errors.</b> {@link IllegalStateException}: the latch was made with another count, or is not there and this object has no count to make it with. {@link
 * io.conclave.spi.UnavailableException}: nothing was changed; {@link io.conclave.OutcomeUnknownException}: perhaps, once. {@link io.conclave.UnreadableDataException}: the
 * node is used for something else. Awaits go on over lost contact and lost sessions until their deadline.
 */
public interface DistributedCountDownLatch {
    /**
     * The latch of this count on this path. Nothing is sent before it is used.
     *
     * @throws IllegalArgumentException if the count is below 1
     */
    static DistributedCountDownLatch of(Conclave conclave, String path, long count) {
        return new NodeLatch(conclave, path, NodeLatch.requireCount(count));
    }

    /** The latch that others make on this path: awaiting it waits until it is made and has reached zero. */
    static DistributedCountDownLatch of(Conclave conclave, String path) {
        return new NodeLatch(conclave, path, 0);
    }

    /** The path. */
    String path();

    /** The count, after everything that was committed before the call. A latch that is not there has the count that this object would make it with. */
    long count() throws InterruptedException;

    /** Takes one away, and returns what is left; zero stays zero. */
    long countDown() throws InterruptedException;

    /** Like {@link #countDown}, without waiting. Cancelling the future recalls nothing. */
    CompletableFuture<Long> countDownAsync();

    /** Begins a new generation with the full count, if the latch is at zero. True if this call has done so. */
    boolean restart() throws InterruptedException;

    /** Waits until the count is zero. */
    void await() throws InterruptedException;

    /**
     * Waits until the count is zero, at most this long: one deadline for everything. A wait of zero looks once.
     *
     * @throws TimeoutException if that was not reached in time
     */
    void await(Duration wait) throws InterruptedException, TimeoutException;

    /** Like {@link #await()} in a future that is completed with true; cancelling it ends the wait. */
    CompletableFuture<Boolean> awaitAsync();

    /** Like {@link #await(Duration)} in a future; it fails with {@link TimeoutException}. */
    CompletableFuture<Boolean> awaitAsync(Duration wait);
}
