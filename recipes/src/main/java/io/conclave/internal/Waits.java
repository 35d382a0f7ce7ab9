package io.conclave.internal;

import io.conclave.spi.Cancellable;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;

/** Blocking waits on futures, by the session's time. */
final class Waits {
    private Waits() {}

    /** Refuses nulls and negative times. */
    static Duration requireWait(Duration wait) {
        Objects.requireNonNull(wait, "wait");
        if (wait.isNegative()) {
            throw new IllegalArgumentException("wait " + wait + " is negative");
        }
        return wait;
    }

    /** Waits for the value; throws the failure itself. The future is left as it is when interrupted. */
    static <T> T get(Timekeeper timekeeper, CompletableFuture<T> future) throws InterruptedException {
        if (!future.isDone()) {
            timekeeper.await(future);
        }
        return value(future);
    }

    /** Waits for the value until the deadline; the future itself goes on after that. */
    static <T> T get(Timekeeper timekeeper, CompletableFuture<T> future, long deadlineNanos)
            throws InterruptedException, TimeoutException {
        if (future.isDone()) {
            return value(future);
        }
        CompletableFuture<T> bounded = future.copy();
        Cancellable timer = timekeeper.schedule(() -> bounded.cancel(false), timekeeper.until(deadlineNanos));
        try {
            timekeeper.await(bounded);
        } finally {
            timer.cancel();
        }
        if (bounded.isCancelled()) { // by the timer: a copy of a cancelled future is not cancelled, it has failed
            throw new TimeoutException("no answer in time");
        }
        return value(bounded);
    }

    /** The value of a future that is done; unchecked failures as they are, checked ones wrapped. */
    static <T> T value(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CancellationException cancelled) {
            throw cancelled;
        } catch (CompletionException failure) {
            Throwable cause = RetryPolicy.unwrap(failure);
            if (cause instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            if (cause instanceof Error error) {
                throw error;
            }
            throw new CompletionException(cause);
        }
    }
}
