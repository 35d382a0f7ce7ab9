package io.conclave.spi.support;

import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * One caller's stage with its deadline (rules C10 and T4). All methods but {@link #stage()} are called on the session's serial executor; the
 * first completion counts.
 */
public final class PendingCall<T> {
    private final CompletableFuture<T> promise = new CompletableFuture<>();
    private final Timekeeper timekeeper;
    private final Executor drain;
    private final long deadlineNanos;
    private Cancellable timer = () -> {};

    /** A call that is to be done by the deadline, on the timekeeper's scale. */
    public PendingCall(Timekeeper timekeeper, Executor drain, long deadlineNanos) {
        this.timekeeper = timekeeper;
        this.drain = drain;
        this.deadlineNanos = deadlineNanos;
    }

    /** What the caller gets: cancelling or completing it has no effect here. */
    public CompletionStage<T> stage() {
        return promise.minimalCompletionStage();
    }

    /** When the caller gives up. */
    public long deadlineNanos() {
        return deadlineNanos;
    }

    /** True once it is completed. */
    public boolean isDone() {
        return promise.isDone();
    }

    /** What to do, on the serial executor, when the deadline passes before the stage is done. */
    public void onDeadline(Runnable action) {
        if (!promise.isDone()) {
            timer.cancel();
            timer = timekeeper.schedule(
                    () -> drain.execute(() -> {
                        if (!promise.isDone()) {
                            action.run();
                        }
                    }),
                    timekeeper.until(deadlineNanos));
        }
    }

    /** Ends well. */
    public void complete(T value) {
        timer.cancel();
        promise.complete(value);
    }

    /** Ends with that failure. */
    public void fail(BackendException failure) {
        timer.cancel();
        promise.completeExceptionally(failure);
    }

    /** Ends because the deadline has passed. */
    public void failByDeadline(boolean wasSent) {
        failLost(wasSent, wasSent ? "no answer by the deadline" : "the deadline passed before the request was sent");
    }

    /** Ends with {@link IndeterminateException} if it may have been applied, else with {@link UnavailableException}. */
    public void failLost(boolean mayBeApplied, String why) {
        fail(mayBeApplied ? new IndeterminateException(why) : new UnavailableException(why));
    }

    /** True, and the stage is done, if the deadline has passed. */
    public boolean expireIfPast(boolean wasSent) {
        boolean past = timekeeper.isPast(deadlineNanos);
        if (past) {
            failByDeadline(wasSent);
        }
        return past;
    }
}
