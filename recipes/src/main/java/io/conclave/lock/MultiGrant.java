package io.conclave.lock;

import io.conclave.Acquirable;
import io.conclave.Grant;
import io.conclave.Registration;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Several grants that were acquired together. Each has its own fencing token, which is larger than those of earlier grants of its path; tokens of different paths do not
 * compare. Thread-safe.
 */
public interface MultiGrant extends AutoCloseable {
    /** The grants, in the order in which the parts were given. */
    List<Grant> grants();

    /**
     * The grant of that part.
     *
     * @throws IllegalArgumentException if it is none of the parts
     */
    Grant of(Acquirable part);

    /** Whether all of them are still believed to be held. No network. If it says false once, it says false for ever. */
    boolean isValid();

    /** How long all of them stand without further contact; zero when one is lost or released. No network. */
    Duration validFor();

    /**
     * Does nothing if all are valid.
     *
     * @throws io.conclave.GrantLostException if one was lost
     * @throws IllegalStateException if one was released
     */
    void requireValid();

    /** Calls the listener once, on the user's executor, when the first of them is lost. The others stay held until they are released. */
    Registration onLost(Runnable listener);

    /**
     * Gives all of them back, the last acquired first, also when one of them fails. As {@link Grant#release()}.
     *
     * @throws io.conclave.GrantLostException if one was lost before; the others are released
     */
    void release();

    /** Like {@link #release()} without waiting; the stage fails with {@link io.conclave.GrantLostException} if one was lost. */
    CompletionStage<Void> releaseAsync();

    /** Like {@link #release()}, but a loss is logged instead of thrown. */
    @Override
    void close();
}
