package io.conclave.backend.inmemory.wire;

/** Bytes that nobody who speaks this protocol would have written. */
public final class MalformedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With what is wrong with them. */
    public MalformedException(String message) {
        super(message);
    }

    /** With the rule that refused a value. */
    public MalformedException(String message, Throwable cause) {
        super(message, cause);
    }
}
