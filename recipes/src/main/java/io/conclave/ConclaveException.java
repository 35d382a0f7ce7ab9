package io.conclave;

import org.jspecify.annotations.Nullable;

/** What recipes throw, besides the JDK's own exceptions and {@link io.conclave.spi.BackendException}. */
public abstract class ConclaveException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ConclaveException(String message) {
        super(message);
    }

    ConclaveException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
