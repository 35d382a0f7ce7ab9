package io.conclave.counter;

import io.conclave.Conclave;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongUnaryOperator;

/**
 * A 64-bit number in the store that many processes change: the distributed {@link java.util.concurrent.atomic.AtomicLong}. A counter that nobody has changed yet is 0.
 *
 * <p><b>Guarantees.</b> Every operation is linearizable. A change is applied at most once, also if the answer to it is lost; a compare-and-set that was applied says so.
 * Changes that this process makes at the same time through one counter object go in one request. <b>Not guaranteed</b>: order among processes that
 * change it at the same time. Without rivals a change costs one request; a counter object remembers the version, so keep it rather than making a new one for each change.
 *
 * <p><b>Errors.</b> All blocking methods wait at most the call time-out. {@link io.conclave.spi.UnavailableException}: nothing was changed. {@link
 * io.conclave.OutcomeUnknownException}: the change may have been applied, once; read and decide. {@link io.conclave.UnreadableDataException}: the node holds no eight bytes;
 * nothing was changed. An interrupt ends the wait, not a change that was sent.
 *
 * <p>On ZooKeeper, whose transactions cannot tell a node from one that was deleted and made again with as many changes: do not delete a counter while it is used; {@link #set} it
 * to 0.
 *
 * <p>Layout: eight bytes, the highest first, in the persistent node itself, as Curator's {@code DistributedAtomicLong}, which may share it. Algorithm: optimistic changes under a
 * version guard, with growing random pauses for those who lose.
 */
public interface DistributedCounter {
    /** The counter on this path. Nothing is sent before it is used. */
    static DistributedCounter of(Conclave conclave, String path) {
        return new NodeCounter(conclave, path);
    }

    /** The path. */
    String path();

    /** The value, with everything that was committed before the call. */
    long get() throws InterruptedException;

    /**
     * Adds, and returns the new value.
     *
     * @throws ArithmeticException if that would leave the range of a {@code long}; nothing was changed
     */
    long add(long delta) throws InterruptedException;

    /** Adds, and returns the value before. */
    long getAndAdd(long delta) throws InterruptedException;

    /** Adds one, and returns the new value. */
    default long increment() throws InterruptedException {
        return add(1);
    }

    /** Takes one away, and returns the new value. */
    default long decrement() throws InterruptedException {
        return add(-1);
    }

    /** Sets the value, and returns the one before. */
    long getAndSet(long value) throws InterruptedException;

    /** Sets the value. */
    default void set(long value) throws InterruptedException {
        getAndSet(value);
    }

    /** Sets the value if it is the expected one. True means that this very call has set it. */
    boolean compareAndSet(long expected, long value) throws InterruptedException;

    /**
     * Sets what the function makes of the value, and returns it. The function runs on the calling thread, perhaps more than once, and must have no effects. Gives up after the
     * call time-out with {@link io.conclave.spi.UnavailableException}.
     */
    long update(LongUnaryOperator function) throws InterruptedException;

    /** Like {@link #get}, without waiting. */
    CompletableFuture<Long> getAsync();

    /** Like {@link #add}, without waiting. Cancelling the future recalls nothing. */
    CompletableFuture<Long> addAsync(long delta);

    /** Like {@link #compareAndSet}, without waiting. Cancelling the future recalls nothing. */
    CompletableFuture<Boolean> compareAndSetAsync(long expected, long value);
}
