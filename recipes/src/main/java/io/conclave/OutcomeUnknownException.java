package io.conclave;

/**
 * Nobody can tell whether the operation was applied. It will not be applied a second time, and it is not retried: look at the state of the store and
 * decide.
 */
public final class OutcomeUnknownException extends ConclaveException {
    private static final long serialVersionUID = 1L;

    /** With what is unknown and why. */
    public OutcomeUnknownException(String message, Throwable cause) {
        super(message, cause);
    }
}
