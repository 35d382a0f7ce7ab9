package io.conclave.internal;

import io.conclave.spi.Applied;
import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Guard;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.View;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls to one session under the one retry policy: failures that may pass are repeated, with the same operation id, until the deadline or the session's end. Each try
 * has the call time-out at most, so that a silent connection is noticed.
 */
final class Calls {
    private static final Logger LOG = LoggerFactory.getLogger(Calls.class);
    static final long NEVER = Long.MAX_VALUE / 2;

    private final SessionKeeper keeper;

    Calls(SessionKeeper keeper) {
        this.keeper = keeper;
    }

    /** Applies a commit, at most once. Fails with the last failure when the deadline is over: then the caller withdraws. */
    CompletableFuture<CommitResult> commit(Session session, Commit commit) {
        return retry(session, commit.deadlineNanos(), until -> session.commit(commit.withDeadline(until)));
    }

    CompletableFuture<List<View>> read(Session session, List<Query> queries, ReadLevel level, long deadlineNanos) {
        return retry(session, deadlineNanos, until -> session.read(queries, level, until));
    }

    /** One node, with what the session itself has written. */
    CompletableFuture<Optional<Node>> readNode(Session session, NodePath path, long deadlineNanos) {
        return read(session, List.of(Query.get(path)), ReadLevel.OWN_WRITES, deadlineNanos)
                .thenApply(views -> ((View.OfNode) views.get(0)).node());
    }

    /** Settles an operation that is not wanted any more; goes on until it is settled or the session is over. */
    CompletableFuture<Withdrawal> withdraw(Session session, OpId opId) {
        return retry(session, never(), until -> session.withdraw(opId, until));
    }

    /** Removes an own sequential node, and no later one of its name; goes on until it is gone or the session is over. */
    CompletableFuture<CommitResult> remove(Session session, Node node) {
        Commit delete = Commit.builder(session.newOpId(), never())
                .guard(Guard.present(node.path(), node.createdRevision().orElseThrow()))
                .write(Write.delete(node.path()))
                .build();
        return commit(session, delete);
    }

    /** A deadline that is never reached. */
    long never() {
        return keeper.timekeeper().nanoTime() + NEVER;
    }

    private <T> CompletableFuture<T> retry(Session session, long deadlineNanos, LongFunction<CompletionStage<T>> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        new Retry<>(session, deadlineNanos, call, result).attempt();
        return result;
    }

    /** One call with its repetitions. If any try left the outcome open, no later failure closes it again. */
    private final class Retry<T> {
        private final Session session;
        private final long deadlineNanos;
        private final LongFunction<CompletionStage<T>> call;
        private final CompletableFuture<T> result;
        private int failures;
        private boolean uncertain;

        Retry(Session session, long deadlineNanos, LongFunction<CompletionStage<T>> call, CompletableFuture<T> result) {
            this.session = session;
            this.deadlineNanos = deadlineNanos;
            this.call = call;
            this.result = result;
        }

        void attempt() {
            whenDone(guarded(() -> call.apply(keeper.tryDeadline(deadlineNanos))), Runnable::run, (value, failure) -> {
                if (failure != null) {
                    failed(failure);
                } else if (value == null) {
                    failed(new IllegalStateException("the backend answered with null"));
                } else {
                    result.complete(value);
                }
            });
        }

        private void failed(Throwable failure) {
            failures++;
            uncertain |= failure instanceof BackendException known && known.applied() == Applied.UNKNOWN;
            if (!RetryPolicy.mayPass(failure)
                    || (session.state().isFinal() && failures > 1)
                    || keeper.isClosed()
                    || keeper.timekeeper().isPast(deadlineNanos)) {
                result.completeExceptionally(uncertain ? asUncertain(failure) : failure);
                return;
            }
            keeper.observer(o -> o.onRetry(failures, failure));
            whenDone(keeper.pause(failures, deadlineNanos), Runnable::run, (nothing, never) -> attempt());
        }

        private Throwable asUncertain(Throwable failure) {
            if (!(failure instanceof BackendException known) || known.applied() == Applied.UNKNOWN) {
                return failure;
            }
            String why = "an earlier try may have been applied; the last one failed: " + failure.getMessage();
            return failure instanceof SessionLostException
                    ? new SessionLostException(why, Applied.UNKNOWN, failure)
                    : new IndeterminateException(why, failure);
        }
    }

    /** The future of a call to a backend, which must neither throw nor return null, but might. */
    static <T> CompletableFuture<T> guarded(Supplier<CompletionStage<T>> call) {
        try {
            CompletionStage<T> stage = call.get();
            return stage != null
                    ? stage.toCompletableFuture()
                    : CompletableFuture.failedFuture(new IllegalStateException("the backend returned no stage"));
        } catch (RuntimeException thrown) {
            return CompletableFuture.failedFuture(thrown);
        }
    }

    /** Starts a watch; if the backend fails to, the watch has ended at once. */
    static Watch watch(Session session, WatchSpec spec, WatchListener listener) {
        try {
            return Objects.requireNonNull(session.watch(spec, listener), "the backend returned no watch");
        } catch (RuntimeException thrown) {
            BackendException why = thrown instanceof BackendException known
                    ? known
                    : new InvalidRequestException("the backend failed to watch: " + thrown);
            listener.onEnd(why);
            return new EndedWatch(CompletableFuture.failedFuture(why));
        }
    }

    private record EndedWatch(CompletableFuture<Void> active) implements Watch {
        @Override
        public void cancel() {
            LOG.debug("a watch that never began was cancelled");
        }
    }

    /** Calls the consumer on the executor with the value or the unwrapped failure. */
    static <T> void whenDone(
            CompletableFuture<T> future, Executor executor, BiConsumer<@Nullable T, @Nullable Throwable> consumer) {
        CompletableFuture<T> observed = future.whenComplete((value, failure) ->
                executor.execute(() -> consumer.accept(value, failure == null ? null : RetryPolicy.unwrap(failure))));
        if (observed.isCancelled()) {
            LOG.debug("a call was cancelled");
        }
    }

    /** Completes one future like another. */
    static <T> void forward(CompletableFuture<T> from, CompletableFuture<T> to) {
        forward(from, to, Runnable::run);
    }

    /** The same, on the executor. */
    static <T> void forward(CompletableFuture<T> from, CompletableFuture<T> to, Executor executor) {
        whenDone(from, executor, (value, failure) -> {
            if (failure == null) {
                to.complete(value);
            } else {
                to.completeExceptionally(failure);
            }
        });
    }

    /** For work that goes on behind the caller's back: its failure is logged, not lost. */
    static void inBackground(CompletionStage<?> work, String what) {
        whenDone(work.toCompletableFuture(), Runnable::run, (value, failure) -> {
            if (failure != null) {
                LOG.debug("{} ended with a failure", what, failure);
            }
        });
    }
}
