package io.conclave.backend.inmemory;

import io.conclave.spi.Applied;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.OpId;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.SessionState;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.View;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Withdrawal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a session, whatever lies between it and the store.
 *
 * <p>All state is owned by {@code drain}; completions and listener calls are made from it, so they come one at a time. A request is handed to {@link #carry}, and the
 * answer comes back as a task of this drain, in the order of the connection. Belief and states are kept by {@link SessionClock}; this class sends, fails and settles.
 */
abstract class StoreSession implements Session {
    /** How many requests may be in flight; the store keeps the results of as many. */
    static final int REQUESTS_MAX = 10_000;

    private static final int UNSETTLED_MAX = 1_024;

    final RequestCounter counter = new RequestCounter();
    final Timekeeper clock;
    final SerialDrain drain;
    final SessionClock belief;
    private final String id;
    private final long nonce;
    private final SessionSpec spec;
    private final Duration ttl;
    private final AtomicLong operations = new AtomicLong();

    private final Set<Request<?>> inFlight = new LinkedHashSet<>();
    private final Set<OpId> unsettled = new HashSet<>();
    private final Set<ClientWatch> watches = new LinkedHashSet<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private boolean closing;
    private @Nullable Cancellable closeTimer;
    private boolean connected = true;
    /** Which connection is in use. */
    int epoch;

    private long heardUpTo;

    StoreSession(Timekeeper clock, Reply.Opened opened, SessionSpec spec, Duration ttl, SessionListener listener) {
        this.clock = clock;
        this.drain = new SerialDrain(clock.executor());
        this.id = opened.sessionId();
        this.nonce = opened.nonce();
        this.spec = spec;
        this.ttl = ttl;
        this.belief = new SessionClock(this, listener, clock, drain);
    }

    /** The session was asked for at that moment; the first thing that runs in the drain. */
    void begin(long askedNanos) {
        belief.start(askedNanos);
    }

    // ---- what lies between; all but enter and isUp are called in the drain

    /** Runs what a caller wants, as soon as its process runs. */
    abstract void enter(Runnable call);

    abstract Capabilities capabilities();

    /** False as soon as it is known that nothing can be sent on the present connection. */
    abstract boolean isUp();

    /** Whether requests wait for a connection, within their deadlines; else they fail at once while there is none. */
    abstract boolean parks();

    /** Sends a request on its connection ({@code epoch}). */
    abstract void carry(Request<?> request);

    /** Tries to get a new connection. */
    abstract void reconnect();

    /** The store need not tell this watch anything more. */
    abstract void cancelled(ClientWatch watch);

    /** The session is over and will ask for nothing more. */
    abstract void forgotten();

    /** Completes when the session has been closed, however. */
    CompletableFuture<Void> closed() {
        return closed;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public long incarnation() {
        return spec.incarnation();
    }

    @Override
    public Duration ttl() {
        return ttl;
    }

    @Override
    public SessionState state() {
        return belief.state();
    }

    @Override
    public long validUntilNanos() {
        return belief.validUntilNanos();
    }

    @Override
    public void keepFresh(boolean wanted) {
        // heartbeats cost next to nothing here, so validity is renewed all the time
    }

    @Override
    public OpId newOpId() {
        return new OpId(nonce, operations.incrementAndGet());
    }

    @Override
    public CompletionStage<CommitResult> commit(Commit commit) {
        Objects.requireNonNull(commit, "commit");
        Request<CommitResult> request = new Request<>(RequestKind.COMMIT, new Ask.Commit(commit));
        submit(request, commit.deadlineNanos());
        return request.result;
    }

    @Override
    public CompletionStage<Withdrawal> withdraw(OpId opId, long deadlineNanos) {
        Objects.requireNonNull(opId, "opId");
        Request<Withdrawal> request = new Request<>(RequestKind.WITHDRAW, new Ask.Withdraw(opId));
        submit(request, deadlineNanos);
        return request.result;
    }

    @Override
    public CompletionStage<List<View>> read(List<Query> queries, ReadLevel level, long deadlineNanos) {
        Objects.requireNonNull(level, "level");
        Request<List<View>> request = new Request<>(RequestKind.READ, new Ask.Read(List.copyOf(queries), level));
        submit(request, deadlineNanos);
        return request.result;
    }

    @Override
    public Watch watch(WatchSpec spec, WatchListener listener) {
        ClientWatch watch = new ClientWatch(this, spec, Objects.requireNonNull(listener, "listener"));
        enter(() -> drain.execute(() -> start(watch)));
        return watch;
    }

    private void start(ClientWatch watch) {
        if (belief.state().isFinal()) {
            watch.end(over());
            return;
        }
        watches.add(watch);
        // no deadline and no failure of its own: a watch that did not get through is started again with the next
        // connection
        if (connected && isUp()) {
            send(new Request<Boolean>(RequestKind.WATCH, new Ask.Watch(watch)));
        }
    }

    /** The watch was cancelled, by any thread. */
    void forget(ClientWatch watch) {
        drain.execute(() -> {
            watches.remove(watch);
            cancelled(watch);
        });
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        enter(() -> drain.execute(this::close));
        return closed;
    }

    // ---- sending; from here on everything runs in the drain

    private void submit(Request<?> request, long deadlineNanos) {
        enter(() -> drain.execute(() -> start(request, deadlineNanos)));
    }

    private void start(Request<?> request, long deadlineNanos) {
        BackendException problem = problemOf(request, deadlineNanos);
        if (problem != null) {
            request.result.completeExceptionally(problem);
            return;
        }
        if (connected && isUp()) {
            send(request);
        } else {
            request.parked = true;
            inFlight.add(request);
        }
        if (!request.answered) {
            request.timer = clock.schedule(
                    () -> drain.executeLater(() -> fail(request, lateProblemOf(request))), clock.until(deadlineNanos));
        }
    }

    private BackendException lateProblemOf(Request<?> request) {
        return request.parked
                ? request.notSent("session " + id + " had no connection by the deadline", isDoubtful(request))
                : request.unanswered("no answer by the deadline");
    }

    /** Whether an earlier call with its id may have been applied. */
    boolean isDoubtful(Request<?> request) {
        return request.opId != null && unsettled.contains(request.opId);
    }

    private @Nullable BackendException problemOf(Request<?> request, long deadlineNanos) {
        boolean doubtful = isDoubtful(request);
        if (belief.state() == SessionState.LOST) {
            return request.lost("session " + id + " is over", doubtful);
        }
        if (closing) {
            return new BackendClosedException("session " + id + " was closed");
        }
        BackendException tooLarge = request.commit == null
                ? null
                : capabilities().refusal(request.commit).orElse(null);
        if (tooLarge != null) {
            return tooLarge;
        }
        if (clock.isPast(deadlineNanos)) {
            return request.notSent("the deadline had passed before the request was sent", doubtful);
        }
        if (!parks() && (!connected || !isUp())) {
            return request.notSent("session " + id + " has no connection", doubtful);
        }
        if (inFlight.size() >= REQUESTS_MAX) {
            return request.notSent(REQUESTS_MAX + " requests are in flight", doubtful);
        }
        if (request.opId != null && !doubtful && unsettled.size() >= UNSETTLED_MAX) {
            return request.notSent(UNSETTLED_MAX + " operations wait to be called again or withdrawn", false);
        }
        return null;
    }

    private <R> void send(Request<R> request) {
        counter.count(request.kind, inFlight.isEmpty());
        request.sentNanos = clock.nanoTime();
        request.epoch = epoch;
        request.unsettled = unsettled.isEmpty() ? Set.of() : Set.copyOf(unsettled);
        request.parked = false;
        if (request.kind != RequestKind.HEARTBEAT) {
            inFlight.add(request);
        }
        carry(request);
    }

    /** The request has failed, unless it was answered before. */
    void fail(Request<?> request, BackendException why) {
        if (!inFlight.remove(request)) {
            return;
        }
        request.stopTimer();
        if (request.opId != null && why.applied() == Applied.UNKNOWN) {
            unsettled.add(request.opId);
        }
        request.result.completeExceptionally(why);
    }

    // ---- receiving

    /** An answer; {@code complete} tells it to the caller. */
    void answered(Request<?> request, long revision, Runnable complete) {
        heardUpTo = Math.max(heardUpTo, revision);
        if (request.renews) {
            belief.renewed(request.sentNanos);
        }
        if (request.kind == RequestKind.HEARTBEAT) {
            complete.run();
        } else if (inFlight.remove(request)) {
            request.stopTimer();
            if (request.opId != null) {
                unsettled.remove(request.opId);
            }
            complete.run();
        }
    }

    /** The events of one command. */
    void hear(long revision, List<Runnable> events) {
        heardUpTo = Math.max(heardUpTo, revision);
        events.forEach(Runnable::run);
    }

    /** The store says that the session is over; {@code request} was not carried out. */
    void ended(@Nullable Request<?> request) {
        if (closing) {
            confirmClosed();
        } else {
            if (request != null) {
                fail(request, request.lost("session " + id + " is over", isDoubtful(request)));
            }
            lose("the store has ended session " + id);
        }
    }

    void disconnected(int broken) {
        if (broken == epoch && connected) {
            dropConnection("the connection was cut before the answer came");
        }
    }

    /** Nothing that is in flight will be answered any more. */
    void dropConnection(String why) {
        connected = false;
        belief.suspended();
        for (Request<?> request : List.copyOf(inFlight)) {
            if (parks() && request.kind == RequestKind.READ) {
                request.parked = true; // reading again does no harm
            } else if (!request.parked) {
                fail(request, request.unanswered(why));
            }
        }
    }

    void connected(int made) {
        epoch = made;
        connected = true;
        for (Request<?> request : List.copyOf(inFlight)) {
            if (!request.parked) {
                fail(request, request.unanswered("the connection was made anew before the answer came"));
            }
        }
        if (belief.state() == SessionState.LOST) {
            return;
        }
        if (closing) {
            sendClose();
        } else {
            resume();
            for (Request<?> request : List.copyOf(inFlight)) {
                if (request.parked) {
                    send(request);
                }
            }
        }
    }

    /** Tells the store, on a new connection, which session it has before it. */
    final void resume() {
        sendBeat(new Ask.Resume(List.copyOf(watches), heardUpTo));
    }

    // ---- the clock's calls

    /** Shows a sign of life, or looks for a connection. */
    void beat() {
        if (connected) {
            sendBeat(new Ask.Beat());
        } else {
            reconnect();
        }
    }

    private void sendBeat(Ask ask) {
        Request<Boolean> beat = new Request<>(RequestKind.HEARTBEAT, ask);
        beat.onAnswer = alive -> belief.active();
        send(beat);
    }

    /** The session is over and its owner did not end it. */
    void lose(String why) {
        if (belief.lost()) {
            for (Request<?> request : List.copyOf(inFlight)) {
                fail(request, request.lost(why, !request.parked || isDoubtful(request)));
            }
            endWatches(new SessionLostException(why, Applied.NO));
            forgotten();
        }
    }

    private void endWatches(BackendException why) {
        List<ClientWatch> all = new ArrayList<>(watches);
        watches.clear();
        all.forEach(watch -> watch.end(why));
    }

    // ---- closing

    private BackendException over() {
        return closing
                ? new BackendClosedException("session " + id + " was closed")
                : new SessionLostException("session " + id + " is over", Applied.NO);
    }

    private void close() {
        if (closing) {
            return;
        }
        closing = true;
        if (belief.state() == SessionState.LOST) {
            confirmClosed();
            return;
        }
        belief.closed();
        endWatches(over());
        closeTimer = clock.schedule(
                () -> drain.executeLater(() -> giveUpClosing("no answer within the session's time-out")), ttl);
        if (connected && isUp()) {
            sendClose();
        }
    }

    private void sendClose() {
        Request<Boolean> request = new Request<>(RequestKind.SESSION, new Ask.End());
        request.onAnswer = ended -> confirmClosed();
        send(request);
    }

    private void confirmClosed() {
        if (closeTimer != null) {
            closeTimer.cancel();
        }
        settleRest();
        closed.complete(null);
        forgotten();
    }

    private void giveUpClosing(String why) {
        settleRest();
        closed.completeExceptionally(new IndeterminateException("session " + id + " was closed, but " + why));
        forgotten();
    }

    private void settleRest() {
        for (Request<?> request : List.copyOf(inFlight)) {
            String why = "session " + id + " was closed before the answer came";
            fail(request, request.parked ? request.notSent(why, isDoubtful(request)) : request.unanswered(why));
        }
    }
}
