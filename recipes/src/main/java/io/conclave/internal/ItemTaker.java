package io.conclave.internal;

import java.util.concurrent.CompletableFuture;

/** One take that waits. Its future is completed by whoever is first: a claim, the deadline, the caller. */
final class ItemTaker {
    /** Completes a take that wanted only what is at hand. */
    static final class NothingException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NothingException() {
            super("nothing is at hand", null, false, false);
        }
    }

    final CompletableFuture<ItemClaim> future = new CompletableFuture<>();
    final boolean tryOnly;

    ItemTaker(boolean tryOnly) {
        this.tryOnly = tryOnly;
    }
}
