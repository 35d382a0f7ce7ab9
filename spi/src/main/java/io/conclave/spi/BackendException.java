package io.conclave.spi;

import org.jspecify.annotations.Nullable;

/**
 * A failure of the store or of the way to it. The taxonomy is closed; each class says whether the operation may have been applied
 * ({@link #applied()}) and what to do.
 */
public abstract sealed class BackendException extends RuntimeException
        permits UnavailableException,
                IndeterminateException,
                SessionLostException,
                PayloadTooLargeException,
                TooManyOperationsException,
                InvalidRequestException,
                AccessDeniedException,
                CapabilityMissingException,
                BackendClosedException {
    private static final long serialVersionUID = 1L;

    private final Applied applied;

    BackendException(String message, Applied applied, @Nullable Throwable cause) {
        super(message, cause);
        this.applied = applied;
    }

    /** Whether the operation may have happened all the same. */
    public final Applied applied() {
        return applied;
    }
}
