package io.conclave.spi;

/**
 * The store can never do this: the request breaks a rule of the contract. Nothing was applied.
 */
public final class InvalidRequestException extends BackendException {
    private static final long serialVersionUID = 1L;

    /** With a reason that names the value and the rule. */
    public InvalidRequestException(String message) {
        super(message, Applied.NO, null);
    }

    /** With the failure behind it. */
    public InvalidRequestException(String message, Throwable cause) {
        super(message, Applied.NO, cause);
    }
}
