package io.conclave.spi;

/**
 * The answer did not come: the operation may have been applied ({@link Applied#UNKNOWN}). Call again with the same {@link OpId},
 * or withdraw it.
 */
public final class IndeterminateException extends BackendException {
    private static final long serialVersionUID = 1L;

    /** With a reason that names the value and the rule. */
    public IndeterminateException(String message) {
        super(message, Applied.UNKNOWN, null);
    }

    /** With the failure behind it. */
    public IndeterminateException(String message, Throwable cause) {
        super(message, Applied.UNKNOWN, cause);
    }
}
