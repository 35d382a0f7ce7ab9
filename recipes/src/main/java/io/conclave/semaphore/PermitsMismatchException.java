package io.conclave.semaphore;

/**
 * The callers of a semaphore do not agree on how many permits there are, or more are wanted than a resize has left. Nothing was granted and nothing is left
 * behind. Correct the number that the code declares, or resize.
 */
public final class PermitsMismatchException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    PermitsMismatchException(String message) {
        super(message);
    }
}
