package io.conclave;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * Something was granted, until it is released or lost. The owner is whoever has this object, not a thread. Thread-safe.
 *
 * <p>A grant is final: once lost it stays lost. It is lost when the session ends, when its validity runs out without contact, or when an operator evicts it, which is
 * noticed within about a third of the session time-out. {@link #isValid()} compares clocks on each call, so it is right in the first instruction after a pause of the
 * process. That belief is time, and time
 * alone protects nothing: send {@link #fencingToken()} with each operation on the protected resource and let the resource refuse old ones ({@link
 * io.conclave.fencing.FencingGate}).
 */
public interface Grant extends AutoCloseable {
    /** What it is a grant of. */
    String path();

    /**
     * The fencing token: positive, and larger than that of every earlier grant of the path. Readable after the grant was lost.
     *
     * @throws StaleStoreException if the store went backwards (was wiped or restored) and its epoch has not been raised
     */
    long fencingToken();

    /** Whether it is still believed to be held. No network. If it says false once, it says false for ever. */
    boolean isValid();

    /** How long it stands without further contact; zero when it is lost or released. No network. */
    Duration validFor();

    /**
     * Does nothing if the grant is valid.
     *
     * @throws GrantLostException if it was lost
     * @throws IllegalStateException if it was released
     */
    void requireValid();

    /**
     * Calls the listener once, on the user's executor, when the grant is lost; at once if it is lost already; never after a release. No later
     * acquire of the same path by this Conclave succeeds before the listener has returned (or a session time-out has passed).
     */
    Registration onLost(Runnable listener);

    /**
     * Gives it back. Waits for the store's answer while there is contact, at most the call time-out; else the release is finished in the
     * background. Never throws because the connection is down. Releasing twice does nothing.
     *
     * @throws GrantLostException if it was lost before: somebody else may have been granted it meanwhile
     */
    void release();

    /** Like {@link #release()} without waiting; the stage fails with {@link GrantLostException} if it was lost. */
    CompletionStage<Void> releaseAsync();

    /** Like {@link #release()}, but a loss is logged instead of thrown, so that it hides no exception of the body. */
    @Override
    void close();
}
