package io.conclave.internal;

import io.conclave.spi.Cancellable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One acquire that waits. Its future is completed by whoever is first: the grant, the deadline, the caller's cancellation, a failure. The queue cleans up
 * afterwards.
 */
final class Waiter {
    /** Completes a {@code tryAcquire} that found somebody ahead. */
    static final class AheadException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        AheadException() {
            super("somebody is ahead", null, false, false);
        }
    }

    final CompletableFuture<HeldGrant> future = new CompletableFuture<>();
    final ContenderQueue queue;
    final AdmissionPolicy policy;
    final String owner;
    final boolean fair;
    final boolean tryOnly;
    final long queuedNanos;
    final long deadlineNanos;
    final boolean bounded;
    /** The thread that blocks; null if none does. */
    @Nullable
    Thread thread;

    /** The held grant whose place in the queue is shared; null for a place of its own. */
    @Nullable
    HeldGrant beside;

    volatile boolean needsToken;
    volatile @Nullable Cancellable timer;
    boolean cleanedUp; // touched on the queue's drain only

    Waiter(
            ContenderQueue queue,
            AdmissionPolicy policy,
            String owner,
            boolean fair,
            boolean tryOnly,
            long queuedNanos,
            long deadlineNanos,
            boolean bounded) {
        this.queue = queue;
        this.policy = policy;
        this.owner = owner;
        this.fair = fair;
        this.tryOnly = tryOnly;
        this.queuedNanos = queuedNanos;
        this.deadlineNanos = deadlineNanos;
        this.bounded = bounded;
    }

    boolean isDone() {
        return future.isDone();
    }

    void fail(Throwable why) {
        future.completeExceptionally(why);
    }

    void stopTimer() {
        Cancellable running = timer;
        if (running != null) {
            running.cancel();
        }
    }
}
