package io.conclave.spi;

/**
 * The store refuses these credentials, or this session, the operation. Nothing was applied.
 */
public final class AccessDeniedException extends BackendException {
    private static final long serialVersionUID = 1L;

    /** With a reason that names the value and the rule. */
    public AccessDeniedException(String message) {
        super(message, Applied.NO, null);
    }

    /** With the failure behind it. */
    public AccessDeniedException(String message, Throwable cause) {
        super(message, Applied.NO, cause);
    }
}
