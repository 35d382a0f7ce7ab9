package io.conclave;

/** The grant was lost: the session ended, or its validity ran out. What was guarded by it was not done. Acquire again. */
public final class GrantLostException extends ConclaveException {
    private static final long serialVersionUID = 1L;

    /** With the path and the reason. */
    public GrantLostException(String message) {
        super(message);
    }
}
