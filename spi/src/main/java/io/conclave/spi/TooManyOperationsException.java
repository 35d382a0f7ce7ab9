package io.conclave.spi;

/**
 * A commit has more parts than the backend takes ({@link Capabilities#maxOperations()}). Nothing was sent.
 */
public final class TooManyOperationsException extends BackendException {
    private static final long serialVersionUID = 1L;

    /** With a reason that names the value and the rule. */
    public TooManyOperationsException(String message) {
        super(message, Applied.NO, null);
    }

    /** With the failure behind it. */
    public TooManyOperationsException(String message, Throwable cause) {
        super(message, Applied.NO, cause);
    }
}
