package io.conclave;

import org.jspecify.annotations.Nullable;

/**
 * The store holds bytes that the recipe or its {@link Codec} cannot read: written by another program, with another codec, or by a version whose format this one does not
 * know. Nothing was changed. Look at the node ({@code conclave get}) and at who writes there.
 */
public final class UnreadableDataException extends ConclaveException {
    private static final long serialVersionUID = 1L;

    /** With the path and what is wrong. */
    public UnreadableDataException(String message) {
        super(message);
    }

    /** With the path and what the codec threw. */
    public UnreadableDataException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
