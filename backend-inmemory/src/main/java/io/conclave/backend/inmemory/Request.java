package io.conclave.backend.inmemory;

import io.conclave.spi.Applied;
import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.Commit;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.OpId;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.Write;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request from a session to the store, from the call to its answer. Its fields belong to the session's drain, but for those that say
 * what is sent.
 *
 * @param <R> the answer
 */
final class Request<R> {
    final RequestKind kind;
    final Ask ask;

    final CompletableFuture<R> result = new CompletableFuture<>();
    /** For the fault control; null for what is no commit. */
    final @Nullable Commit commit;
    /** The operation whose outcome hangs on the answer. */
    final @Nullable OpId opId;

    /** What the session does with the answer before the caller is told. */
    Consumer<R> onAnswer = answer -> {};

    /** Waits for a connection to be sent on. */
    boolean parked;

    long sentNanos;
    int epoch;
    Set<OpId> unsettled = Set.of();

    @Nullable
    Cancellable timer;
    /** Written by the store's drain: the answer is on its way and nothing holds it up. */
    volatile boolean answered;

    /** False if the answer does not show that the store keeps the session. */
    boolean renews = true;

    Request(RequestKind kind, Ask ask) {
        this.kind = kind;
        this.ask = ask;
        this.commit = ask instanceof Ask.Commit asked ? asked.commit() : null;
        this.opId = ask instanceof Ask.Withdraw settled ? settled.opId() : commit == null ? null : commit.opId();
    }

    /** It was not sent: {@code doubtful} if an earlier call with the same id may have been applied. */
    BackendException notSent(String why, boolean doubtful) {
        return doubtful ? new IndeterminateException(why) : new UnavailableException(why);
    }

    /** It was sent and no answer came. */
    BackendException unanswered(String why) {
        return opId == null ? new UnavailableException(why) : new IndeterminateException(why);
    }

    /** The session is over; {@code mayBeApplied} if this or an earlier call was on its way (rule S8). */
    BackendException lost(String why, boolean mayBeApplied) {
        return new SessionLostException(why, mayBeApplied && touchesMore() ? Applied.UNKNOWN : Applied.NO);
    }

    private boolean touchesMore() {
        return commit != null && !commit.writes().stream().allMatch(Request::makesEphemeral);
    }

    private static boolean makesEphemeral(Write write) {
        if (write instanceof Write.CreateSequential create) {
            return create.mode().isEphemeral();
        }
        return write instanceof Write.CreateNamed create && create.mode().isEphemeral();
    }

    /** The answer is of the kind that {@link Ask} names for what was asked. */
    @SuppressWarnings("unchecked")
    void succeed(Object answer) {
        onAnswer.accept((R) answer);
        result.complete((R) answer);
    }

    void stopTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
