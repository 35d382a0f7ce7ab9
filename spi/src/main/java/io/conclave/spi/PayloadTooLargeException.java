package io.conclave.spi;

/**
 * A payload or commit is larger than the backend takes ({@link Capabilities#maxPayloadBytes()}, {@link
 * Capabilities#maxCommitBytes()}). Nothing was sent.
 */
public final class PayloadTooLargeException extends BackendException {
    private static final long serialVersionUID = 1L;

    /** With a reason that names the value and the rule. */
    public PayloadTooLargeException(String message) {
        super(message, Applied.NO, null);
    }

    /** With the failure behind it. */
    public PayloadTooLargeException(String message, Throwable cause) {
        super(message, Applied.NO, cause);
    }
}
