package io.conclave;

/**
 * The grant was lost: the session ended, its validity ran out, or it was evicted. Thrown by a guarded write: nothing was written; stop, and acquire again. Thrown by a release
 * or an unlock, somebody else may have been granted it before: what was done since {@link Grant#isValid()} last said true was not protected by time, only by token or guard.
 */
public final class GrantLostException extends ConclaveException {
    private static final long serialVersionUID = 1L;

    /** With the path and the reason. */
    public GrantLostException(String message) {
        super(message);
    }
}
