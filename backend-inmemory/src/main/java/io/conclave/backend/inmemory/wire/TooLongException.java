package io.conclave.backend.inmemory.wire;

/** More was to be written than there may be. */
public final class TooLongException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** With what may be written. */
    public TooLongException(int mostBytes) {
        super("more than the " + mostBytes + " bytes allowed");
    }
}
