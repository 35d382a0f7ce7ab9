package io.conclave.backend.inmemory.log;

import org.jspecify.annotations.Nullable;

/** The entry may be applied: already, later, or never. Only the replicated state can tell, by an id that the entry carries. */
public final class OutcomeUnknownException extends LogException {
    private static final long serialVersionUID = 1L;

    /** With what ended the waiting. */
    public OutcomeUnknownException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
