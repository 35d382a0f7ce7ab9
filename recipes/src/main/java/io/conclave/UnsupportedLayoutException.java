package io.conclave;

/** The namespace was written by a version of Conclave whose layout this one does not know. Nothing was changed. */
public final class UnsupportedLayoutException extends ConclaveException {
    private static final long serialVersionUID = 1L;

    /** With the format that was found. */
    public UnsupportedLayoutException(String message) {
        super(message);
    }
}
