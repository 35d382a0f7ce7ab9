package io.conclave;

/** What recipes throw, besides the JDK's own exceptions and {@link io.conclave.spi.BackendException}. */
public abstract class ConclaveException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ConclaveException(String message) {
        super(message);
    }

    ConclaveException(String message, Throwable cause) {
        super(message, cause);
    }
}
