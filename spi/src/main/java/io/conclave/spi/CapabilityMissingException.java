package io.conclave.spi;

/**
 * The operation needs something that this backend says it cannot do. Nothing was sent.
 */
public final class CapabilityMissingException extends BackendException {
    private static final long serialVersionUID = 1L;

    /** With a reason that names the value and the rule. */
    public CapabilityMissingException(String message) {
        super(message, Applied.NO, null);
    }

    /** With the failure behind it. */
    public CapabilityMissingException(String message, Throwable cause) {
        super(message, Applied.NO, cause);
    }
}
