package io.conclave.internal;

import io.conclave.Conclave;
import io.conclave.OutcomeUnknownException;
import io.conclave.spi.Applied;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.Capabilities.CreatedRevisionGuard;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One persistent node that many processes change: read, decide, write if nobody was faster. Each change is decided on a state and committed under a guard on that state's
 * version; a change that was refused is decided again. The version is remembered, so that without rivals a change costs one request; with rivals the tries are spread by
 * growing pauses. An answer that is lost is settled under the same operation id, so a change takes effect once, and its result is that of the state which it met.
 *
 * <p>Changes of one process go one after the other, and where they may be combined those that wait go in one commit. A change that writes nothing has its result from a
 * read that began after the call, or from the commit that it went with.
 *
 * <p>A version alone does not tell a node from one that was deleted and made again. Where the store can guard on the revision that made a node, that is guarded too; elsewhere
 * (ZooKeeper) a remembered version is used for a session time-out only, and the library never deletes such nodes.
 */
public final class GuardedNode {
    private static final int PENDING_MAX = 100_000;
    private static final int COMBINED_MAX = 1_000;

    /** What is to become of a state; called on an engine thread, perhaps more than once. What it throws is the result. */
    @FunctionalInterface
    public interface Change<R> {
        /** Decides on the node as it is; empty if there is none. */
        Step<R> on(Optional<Node> state);
    }

    /**
     * A decision.
     *
     * @param data what is written; null to leave the node as it is
     * @param result the result, made from the revision of the commit; of the read node's latest change, if nothing is written (0 if there is none)
     */
    public record Step<R>(@Nullable Payload data, LongFunction<R> result) {
        /** Leaves the node as it is. */
        public static <R> Step<R> keep(R result) {
            return new Step<>(null, revision -> result);
        }

        /** Writes, making the node if it is absent. */
        public static <R> Step<R> write(Payload data, R result) {
            return new Step<>(data, revision -> result);
        }
    }

    private final ConclaveCore core;
    private final NodePath path;
    private final boolean combines;
    private final boolean exact;
    private final SerialDrain drain;
    private final Deque<Call<?>> waiting = new ArrayDeque<>();
    private boolean busy;
    private @Nullable Node cached;
    private long cachedNanos;

    /** A node; with {@code combines} changes that wait together go in one commit. Nothing is sent before the first change. */
    public GuardedNode(Conclave conclave, NodePath path, boolean combines) {
        this.core = ConclaveCore.of(conclave);
        this.path = path;
        this.combines = combines;
        this.exact = core.capabilities().createdRevisionGuard() == CreatedRevisionGuard.ALL;
        this.drain = new SerialDrain(core.timekeeper().executor());
    }

    /** One change that was called for. Touched on the drain. */
    private static final class Call<R> {
        final Change<R> change;
        final CompletableFuture<R> future = new CompletableFuture<>();

        @Nullable
        Step<R> step;

        @Nullable
        RuntimeException refusal;

        boolean sent;

        Call(Change<R> change) {
            this.change = change;
        }

        /** The data that is to be written; null if none. */
        @Nullable
        Payload decide(Optional<Node> state) {
            step = null;
            refusal = null;
            try {
                step = change.on(state);
                return step.data();
            } catch (RuntimeException thrown) {
                refusal = thrown;
                return null;
            }
        }

        void succeed(long revision) {
            if (step == null) {
                future.completeExceptionally(
                        refusal != null ? refusal : new IllegalStateException("the change was not decided"));
                return;
            }
            try {
                future.complete(step.result().apply(revision));
            } catch (RuntimeException thrown) {
                future.completeExceptionally(thrown);
            }
        }
    }

    /**
     * Changes the node. The future is completed on an engine thread, at the latest after the call time-out: with {@link UnavailableException} if nothing was sent by
     * then, with {@link OutcomeUnknownException} if the change may have been applied.
     */
    public <R> CompletableFuture<R> change(Change<R> change) {
        Call<R> call = new Call<>(change);
        long deadline = core.callDeadline();
        Cancellable timer = core.timekeeper()
                .schedule(
                        () -> drain.execute(() -> expire(call)),
                        core.timekeeper().until(deadline));
        Calls.whenDone(call.future, Runnable::run, (result, failure) -> timer.cancel());
        drain.execute(() -> {
            if (waiting.size() >= PENDING_MAX) {
                call.future.completeExceptionally(
                        new IllegalStateException(PENDING_MAX + " changes of " + path + " wait already"));
                return;
            }
            waiting.add(call);
            next();
        });
        return call.future;
    }

    /** Changes the node and waits. An interrupt ends the wait, not the change. */
    public <R> R changeNow(String verb, Change<R> change) throws InterruptedException {
        Callbacks.refuseInside(verb);
        if (Thread.interrupted()) {
            throw new InterruptedException("interrupted before " + verb);
        }
        return Waits.get(core.timekeeper(), change(change));
    }

    /** The same in a future of the user's. */
    public <R> CompletableFuture<R> changeForUser(String verb, Change<R> change) {
        return core.callbacks().forUser(verb, change(change));
    }

    /** The node, with everything that was committed before the call; fails like {@link #change}. */
    public CompletableFuture<Optional<Node>> state() {
        CompletableFuture<Optional<Node>> state = new CompletableFuture<>();
        readState(core.keeper().session(), core.callDeadline(), state);
        Cancellable timer = core.timekeeper()
                .schedule(
                        () -> state.completeExceptionally(
                                new UnavailableException(path + " could not be read within the call time-out")),
                        core.timekeeper().until(core.callDeadline()));
        Calls.whenDone(state, Runnable::run, (node, failure) -> timer.cancel());
        return state;
    }

    private void readState(
            CompletableFuture<Session> coming, long deadlineNanos, CompletableFuture<Optional<Node>> result) {
        Calls.whenDone(coming, drain, (session, failure) -> {
            if (session == null) {
                result.completeExceptionally(failure);
                return;
            }
            Calls.whenDone(
                    core.calls().read(session, List.of(Query.get(path)), ReadLevel.LINEARIZABLE, deadlineNanos),
                    drain,
                    (views, refused) -> {
                        if (views != null) {
                            result.complete(((View.OfNode) views.get(0)).node());
                        } else if (refused instanceof SessionLostException && !core.isClosed()) {
                            readState(core.keeper().sessionAfter(session), deadlineNanos, result);
                        } else {
                            result.completeExceptionally(refused);
                        }
                    });
        });
    }

    /** Reads and waits. */
    public Optional<Node> stateNow(String verb) throws InterruptedException {
        Callbacks.refuseInside(verb);
        return Waits.get(core.timekeeper(), state());
    }

    /** The path. */
    public NodePath path() {
        return path;
    }

    private void expire(Call<?> call) {
        call.future.completeExceptionally(
                call.sent
                        ? unknown("no answer within the call time-out", null)
                        : new UnavailableException(path
                                + " could not be changed within the call time-out: no contact, or others were faster"));
    }

    private static OutcomeUnknownException unknown(String why, @Nullable Throwable cause) {
        return new OutcomeUnknownException(
                why + ": the change may have been applied, once", cause != null ? cause : new TimeoutException(why));
    }

    private void next() {
        if (busy) {
            return;
        }
        List<Call<?>> batch = new ArrayList<>();
        while (!waiting.isEmpty() && batch.size() < (combines ? COMBINED_MAX : 1)) {
            Call<?> call = waiting.remove();
            if (!call.future.isDone()) {
                batch.add(call);
            }
        }
        if (!batch.isEmpty()) {
            busy = true;
            new Round(batch).begin(core.keeper().session());
        }
    }

    private void finished() {
        busy = false;
        next();
    }

    /** The changes that go together, from the first try to the last. */
    private final class Round {
        private final List<Call<?>> batch;
        private final long deadlineNanos = core.callDeadline();
        private int defeats;

        Round(List<Call<?>> batch) {
            this.batch = batch;
        }

        void begin(CompletableFuture<Session> coming) {
            Calls.whenDone(coming, drain, (session, failure) -> {
                if (session == null) {
                    fail(failure != null ? failure : new IllegalStateException("neither session nor failure"));
                    return;
                }
                Node known = cached;
                long trusted = session.ttl().toNanos();
                if (known != null && (exact || core.timekeeper().nanoTime() - cachedNanos < trusted)) {
                    decide(session, Optional.of(known), false);
                } else {
                    read(session, ReadLevel.OWN_WRITES);
                }
            });
        }

        /** Reads what the guard will check; for a change that writes nothing what is true now. */
        private void read(Session session, ReadLevel level) {
            cached = null;
            batch.removeIf(call -> call.future.isDone());
            if (batch.isEmpty()) {
                finished();
                return;
            }
            Calls.whenDone(
                    core.calls().read(session, List.of(Query.get(path)), level, deadlineNanos),
                    drain,
                    (views, failure) -> {
                        if (views != null) {
                            decide(session, ((View.OfNode) views.get(0)).node(), level == ReadLevel.LINEARIZABLE);
                        } else {
                            failed(session, failure);
                        }
                    });
        }

        /** Decides all, each on what the one before it would leave behind. */
        private void decide(Session session, Optional<Node> state, boolean fresh) {
            batch.removeIf(call -> call.future.isDone());
            Optional<Node> becomes = state;
            Payload data = null;
            for (Call<?> call : batch) {
                Payload wanted = call.decide(becomes);
                if (wanted != null) {
                    data = wanted;
                    becomes = Optional.of(with(becomes.orElse(null), wanted));
                }
            }
            if (data != null) {
                commit(session, state.orElse(null), data);
            } else if (fresh || batch.isEmpty()) {
                remember(state.orElse(null));
                succeed(state.map(Node::modifiedRevision)
                        .orElse(OptionalLong.empty())
                        .orElse(0));
            } else {
                read(session, ReadLevel.LINEARIZABLE);
            }
        }

        /** What the node will be, as far as the next change needs to know. */
        private Node with(@Nullable Node before, Payload data) {
            OptionalLong none = OptionalLong.empty();
            return before == null
                    ? new Node(path, none, none, none, 0, "", data)
                    : copy(before, data, before.version() + 1, none);
        }

        private Node copy(Node before, Payload data, long version, OptionalLong revision) {
            return new Node(path, before.sequence(), before.createdRevision(), revision, version, "", data);
        }

        private void commit(Session session, @Nullable Node state, Payload data) {
            OpId opId = session.newOpId();
            Commit.Builder parts = Commit.builder(opId, deadlineNanos);
            if (state == null) {
                parts.write(Write.create(path, data, CreateMode.PERSISTENT));
            } else {
                parts.guard(Guard.versionIs(path, state.version()));
                if (exact && state.createdRevision().isPresent()) {
                    parts.guard(Guard.present(path, state.createdRevision().getAsLong()));
                }
                parts.write(Write.put(path, data));
            }
            cached = null;
            batch.forEach(call -> call.sent = call.step != null && call.step.data() != null);
            Calls.whenDone(core.calls().commit(session, parts.build()), drain, (result, failure) -> {
                if (result instanceof CommitResult.Applied applied) {
                    if (state == null) {
                        Node made = applied.created().get(0);
                        boolean known = made.version() != Node.UNKNOWN_VERSION;
                        remember(known ? copy(made, data, made.version(), applied.revision()) : null);
                    } else {
                        remember(copy(state, data, state.version() + 1, applied.revision()));
                    }
                    succeed(applied.revision().orElse(0));
                } else if (result != null) {
                    batch.forEach(call -> call.sent = false);
                    again(session);
                } else {
                    if (failure instanceof IndeterminateException) {
                        Calls.inBackground(core.calls().withdraw(session, opId), "withdrawing a change");
                    }
                    failed(session, failure);
                }
            });
        }

        /** Others were faster. */
        private void again(Session session) {
            defeats++;
            if (core.timekeeper().isPast(deadlineNanos)) {
                failed(session, new UnavailableException(path + " was changed by others all the time"));
            } else if (defeats == 1) {
                read(session, ReadLevel.OWN_WRITES);
            } else {
                core.timekeeper()
                        .schedule(
                                () -> drain.execute(() -> read(session, ReadLevel.OWN_WRITES)),
                                RetryPolicy.contention(defeats - 1));
            }
        }

        private void failed(Session session, @Nullable Throwable failure) {
            boolean uncertain = false;
            if (failure instanceof BackendException known && known.applied() == Applied.UNKNOWN) {
                uncertain = true;
                OutcomeUnknownException unknown = unknown("no answer came: " + failure.getMessage(), failure);
                batch.stream().filter(call -> call.sent).forEach(call -> call.future.completeExceptionally(unknown));
            }
            batch.removeIf(call -> call.future.isDone());
            if (failure instanceof SessionLostException && !core.isClosed()) {
                batch.forEach(call -> call.sent = false);
                begin(core.keeper().sessionAfter(session));
            } else if (failure == null) {
                fail(new UnavailableException("no answer about " + path));
            } else if (uncertain) {
                fail(new UnavailableException("no answer about " + path, failure));
            } else {
                fail(
                        failure instanceof SessionLostException
                                ? new BackendClosedException("the Conclave was closed")
                                : failure);
            }
        }

        private void fail(Throwable why) {
            batch.forEach(call -> call.future.completeExceptionally(why));
            finished();
        }

        private void succeed(long revision) {
            batch.forEach(call -> call.succeed(revision));
            finished();
        }
    }

    private void remember(@Nullable Node node) {
        cached = node;
        cachedNanos = core.timekeeper().nanoTime();
    }
}
