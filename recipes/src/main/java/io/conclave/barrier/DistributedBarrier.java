package io.conclave.barrier;

import io.conclave.Conclave;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * A gate on a path: while it is blocked, whoever awaits it waits; when it is opened, all go on. A barrier that was never blocked is open.
 *
 * <p><b>Guarantees.</b> No await returns before an {@link #open} that follows the last {@link #block} before the await. Each opening ends a generation: it lets through all who waited
 * then, also those who look only after the barrier was blocked again. A wait that ended without being let through leaves nothing behind. <b>Not guaranteed</b>: that the barrier is
 * still open when an await has returned.
 *
 * <p><b>Errors.</b> {@link #block} and {@link #open} wait at most the call time-out: {@link io.conclave.spi.UnavailableException}: nothing was changed; {@link
 * io.conclave.OutcomeUnknownException}: perhaps, once. Awaits go on over lost contact and lost sessions until their deadline. {@link io.conclave.UnreadableDataException}: the node is
 * used for something else.
 *
 * <p>After Curator's {@code DistributedBarrier}, with a generation in a node that stays instead of a node that comes and goes.
 */
public interface DistributedBarrier {
    /** The barrier on this path. Nothing is sent before it is used. */
    static DistributedBarrier of(Conclave conclave, String path) {
        return new GateBarrier(conclave, path);
    }

    /** The path. */
    String path();

    /** Blocks the barrier. True if this call has done so; false if it was blocked already. */
    boolean block() throws InterruptedException;

    /** Opens the barrier and lets all through who wait. True if this call has done so; false if it was open already. */
    boolean open() throws InterruptedException;

    /** Whether it is open, after everything that was committed before the call. */
    boolean isOpen() throws InterruptedException;

    /** Waits until it is open. */
    void await() throws InterruptedException;

    /**
     * Waits until it is open, at most this long: one deadline for everything. A wait of zero looks once.
     *
     * @throws TimeoutException if it was not opened in time
     */
    void await(Duration wait) throws InterruptedException, TimeoutException;

    /** Like {@link #await()} in a future that is completed with true; cancelling it ends the wait. */
    CompletableFuture<Boolean> awaitAsync();

    /** Like {@link #await(Duration)} in a future; it fails with {@link TimeoutException}. */
    CompletableFuture<Boolean> awaitAsync(Duration wait);
}
