package io.conclave.backend.zookeeper;

import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/** One caller's stage with its deadline. Completed on the session's drain, once. */
final class Call<T> {
    private final CompletableFuture<T> promise = new CompletableFuture<>();
    private final Timekeeper timekeeper;
    private final Executor drain;
    private final long deadlineNanos;
    private Cancellable timer = () -> {};

    Call(Timekeeper timekeeper, Executor drain, long deadlineNanos) {
        this.timekeeper = timekeeper;
        this.drain = drain;
        this.deadlineNanos = deadlineNanos;
    }

    /** What the caller gets: cancelling or completing it has no effect here. */
    CompletionStage<T> stage() {
        return promise.minimalCompletionStage();
    }

    /** What to do when the deadline passes before the stage is done. */
    void onDeadline(Runnable action) {
        if (!promise.isDone()) {
            timer = timekeeper.schedule(
                    () -> drain.execute(() -> {
                        if (!promise.isDone()) {
                            action.run();
                        }
                    }),
                    timekeeper.until(deadlineNanos));
        }
    }

    void complete(T value) {
        timer.cancel();
        promise.complete(value);
    }

    void fail(BackendException failure) {
        timer.cancel();
        promise.completeExceptionally(failure);
    }

    void failByDeadline(boolean wasSent) {
        failLost(wasSent, wasSent ? "no answer by the deadline" : "the deadline passed before the request was sent");
    }

    void failLost(boolean mayBeApplied, String why) {
        fail(mayBeApplied ? new IndeterminateException(why) : new UnavailableException(why));
    }

    /** True, and the stage is done, if the deadline has passed. */
    boolean expireIfPast(boolean wasSent) {
        boolean past = timekeeper.isPast(deadlineNanos);
        if (past) {
            failByDeadline(wasSent);
        }
        return past;
    }
}
