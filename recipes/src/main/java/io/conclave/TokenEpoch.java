package io.conclave;

/**
 * The epoch of a namespace: the top seven bits of its fencing tokens. An operator raises it when the namespace moves to another store, is restored or was
 * wiped, so that tokens go on rising. Blocking; each call waits at most the call time-out.
 */
public interface TokenEpoch {
    /** The largest epoch. */
    int MAX = 127;

    /** The present epoch: 0 if it was never raised. */
    int current() throws InterruptedException;

    /**
     * Raises it by one and returns the new one. Running processes follow by themselves.
     *
     * @throws IllegalStateException if contenders exist anywhere in the namespace, or the largest epoch is reached
     */
    int raise() throws InterruptedException;
}
