package io.conclave.spi;

/**
 * The store cannot be reached or takes nothing now; the operation was not sent and never will be ({@link Applied#NO}). Trying
 * again later is safe.
 */
public final class UnavailableException extends BackendException {
    private static final long serialVersionUID = 1L;

    /** With a reason that names the value and the rule. */
    public UnavailableException(String message) {
        super(message, Applied.NO, null);
    }

    /** With the failure behind it. */
    public UnavailableException(String message, Throwable cause) {
        super(message, Applied.NO, cause);
    }
}
