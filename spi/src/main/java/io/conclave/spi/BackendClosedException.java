package io.conclave.spi;

/**
 * The backend or session was closed by its owner. The operation was not sent.
 */
public final class BackendClosedException extends BackendException {
    private static final long serialVersionUID = 1L;

    /** With a reason that names the value and the rule. */
    public BackendClosedException(String message) {
        super(message, Applied.NO, null);
    }

    /** With the failure behind it. */
    public BackendClosedException(String message, Throwable cause) {
        super(message, Applied.NO, cause);
    }
}
