package io.conclave.internal;

import io.conclave.OutcomeUnknownException;
import io.conclave.spi.Applied;
import io.conclave.spi.Cancellable;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.OpId;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.Withdrawal;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Commits and reads for which no thread waits. A commit's future tells the result as {@link PlainNodes#commitOn} does: an outcome that cannot be learnt in time is an {@link
 * OutcomeUnknownException}, and the operation is withdrawn in the background.
 */
final class StoreCalls {
    private final ConclaveCore core;

    StoreCalls(ConclaveCore core) {
        this.core = core;
    }

    /** Adds the parts of a commit with this identity. Called on the engine's threads, again for each session that is tried. */
    @FunctionalInterface
    interface Parts {
        void addTo(Commit.Builder builder, OpId id);
    }

    /** On the present session, and on the next if that ended before anything was applied. */
    CompletableFuture<CommitResult> commit(long deadlineNanos, Parts parts) {
        return anywhere(deadlineNanos, session -> on(session, deadlineNanos, parts, late -> {}));
    }

    /** Reads on the present session or the next. */
    CompletableFuture<List<View>> read(List<Query> queries, ReadLevel level, long deadlineNanos) {
        return anywhere(deadlineNanos, session -> core.calls().read(session, queries, level, deadlineNanos));
    }

    /** Any call, on the present session or the next. It must have no effect when it fails with {@link SessionLostException}. */
    <T> CompletableFuture<T> anywhere(long deadline, Function<Session, CompletableFuture<T>> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        begin(core.keeper().session(), deadline, call, result);
        return result;
    }

    private <T> void begin(
            CompletableFuture<Session> coming,
            long deadline,
            Function<Session, CompletableFuture<T>> call,
            CompletableFuture<T> result) {
        UnavailableException late = new UnavailableException("no session with the store within the call time-out");
        Cancellable timer = core.timekeeper()
                .schedule(
                        () -> result.completeExceptionally(late),
                        core.timekeeper().until(deadline));
        Calls.whenDone(coming, Runnable::run, (session, failure) -> {
            timer.cancel();
            if (result.isDone()) {
                return;
            }
            if (session == null) {
                result.completeExceptionally(failure != null ? failure : new IllegalStateException("no session"));
                return;
            }
            Calls.whenDone(call.apply(session), Runnable::run, (done, why) -> {
                if (done != null) {
                    result.complete(done);
                } else if (why instanceof SessionLostException) {
                    begin(core.keeper().sessionAfter(session), deadline, call, result);
                } else {
                    result.completeExceptionally(why != null ? why : new IllegalStateException("no result"));
                }
            });
        });
    }

    /**
     * On this session only: fails with {@link SessionLostException} if that ended and surely nothing was applied. {@code late} hears what became of an operation whose
     * outcome was told as unknown while the session lived.
     */
    CompletableFuture<CommitResult> on(Session session, long deadline, Parts parts, Consumer<Withdrawal> late) {
        OpId id = session.newOpId();
        Commit.Builder builder = Commit.builder(id, deadline);
        try {
            parts.addTo(builder, id);
        } catch (RuntimeException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        CompletableFuture<CommitResult> result = new CompletableFuture<>();
        Calls.whenDone(core.calls().commit(session, builder.build()), Runnable::run, (done, failure) -> {
            if (done != null) {
                result.complete(done);
            } else if (failure instanceof SessionLostException over && over.applied() == Applied.UNKNOWN) {
                result.completeExceptionally(new OutcomeUnknownException(
                        "the session ended before the answer came: the commit may have been applied, once", over));
            } else if (failure instanceof IndeterminateException open) {
                Calls.inBackground(core.calls().withdraw(session, id).thenAccept(late), "withdrawing a commit");
                result.completeExceptionally(new OutcomeUnknownException(
                        "no answer within the call time-out: the commit may have been applied, once", open));
            } else {
                result.completeExceptionally(failure != null ? failure : new IllegalStateException("no result"));
            }
        });
        return result;
    }
}
