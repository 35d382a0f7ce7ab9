package io.conclave.spi;

/** The life of a session (rule S3): ACTIVE to SUSPENDED to DOUBTFUL and back to ACTIVE, or to LOST; CLOSED by the owner. */
public enum SessionState {
    /** In contact with the store. */
    ACTIVE,
    /** No contact, but the session cannot have been ended yet: grants stand. */
    SUSPENDED,
    /** No contact and {@link Session#validUntilNanos()} has passed: nobody knows; grants are void. */
    DOUBTFUL,
    /** Over, found out from the store or by the clock. Final. */
    LOST,
    /** Closed by its owner. Final. */
    CLOSED;

    /** True for LOST and CLOSED. */
    public boolean isFinal() {
        return this == LOST || this == CLOSED;
    }
}
