package io.conclave;

/**
 * The store's revisions are behind what this process has seen: it was wiped or restored from a copy. Tokens would not rise, so none is given.
 * Nothing was done. An operator raises the epoch ({@code conclave epoch raise}) when the resources' owners agree.
 */
public final class StaleStoreException extends ConclaveException {
    private static final long serialVersionUID = 1L;

    /** With the revisions. */
    public StaleStoreException(String message) {
        super(message);
    }
}
