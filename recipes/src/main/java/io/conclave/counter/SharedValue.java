package io.conclave.counter;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.Registration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One value in the store that many processes read, follow and change; there may be none yet.
 *
 * <p><b>Guarantees.</b> Reads and changes are linearizable. A change is applied at most once, also if the answer to it is lost; {@link #trySet} that was applied says so. Each write has a
 * version that is larger than those of all earlier writes of the path. A listener hears the value that is there when it is added, and after any number of changes the latest one; it hears
 * nothing when nothing changed, whatever happens to the connection. <b>Not guaranteed</b>: that a listener hears every value; of several in quick succession it may hear the last only.
 *
 * <p><b>Sessions.</b> Suspended: calls go on trying until the call time-out, listeners are silent. Lost: listeners go on with the next session, by a read that includes all that was
 * committed before.
 *
 * <p><b>Errors.</b> All blocking methods wait at most the call time-out. {@link io.conclave.spi.UnavailableException}: nothing was changed. {@link
 * io.conclave.OutcomeUnknownException}: the change may have been applied, once; read and decide. {@link io.conclave.UnreadableDataException}: the codec cannot read what is there. An
 * interrupt ends the wait, not a change that was sent.
 *
 * <p>Layout: the codec's bytes in the persistent node itself, as Curator's {@code SharedValue} and {@code SharedCount} ({@link Codec#ints()}), which may share it.
 *
 * @param <T> the type of the value
 */
public interface SharedValue<T> {
    /** The value on this path. Nothing is sent before it is used. */
    static <T> SharedValue<T> of(Conclave conclave, String path, Codec<T> codec) {
        return new NodeValue<>(conclave, path, codec);
    }

    /** The path. */
    String path();

    /** The value, with everything that was committed before the call; empty if there is none. */
    Optional<VersionedValue<T>> get() throws InterruptedException;

    /** Sets the value, whatever it was. */
    VersionedValue<T> set(T value) throws InterruptedException;

    /** Sets the value if it has this version; 0: if there is none. Empty: it had another version, and this call has changed nothing. */
    Optional<VersionedValue<T>> trySet(long version, T value) throws InterruptedException;

    /**
     * Sets what the function makes of the value. The function runs on the calling thread, perhaps more than once, and must have no effects. Gives up after the call time-out with {@link
     * io.conclave.spi.UnavailableException}.
     */
    VersionedValue<T> update(Function<? super Optional<T>, ? extends T> function) throws InterruptedException;

    /** Like {@link #get}, without waiting. */
    CompletableFuture<Optional<VersionedValue<T>>> getAsync();

    /** Like {@link #set}, without waiting. Cancelling the future recalls nothing. */
    CompletableFuture<VersionedValue<T>> setAsync(T value);

    /** Like {@link #trySet}, without waiting. Cancelling the future recalls nothing. */
    CompletableFuture<Optional<VersionedValue<T>>> trySetAsync(long version, T value);

    /**
     * Hears the present value and then each change, on the user's executor, in order and one at a time; empty when there is no value. A slow listener hears the latest when it comes back. A
     * value that the codec cannot read is logged and not told.
     */
    Registration addListener(Consumer<? super Optional<VersionedValue<T>>> listener);
}
