package io.conclave.internal;

import io.conclave.ConclaveObserver;
import io.conclave.spi.Backend;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.SessionState;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one session open: opens it, prepares it, replaces it when it is lost by the next incarnation, and tells the grants when it cannot be believed any more.
 *
 * <p>All changes happen on one serial drain. A session is handed out only after it was prepared (epoch read). {@code promise} is the present session or the next
 * one: it is replaced by an open one at the moment a session ends, so that nobody is ever handed a session that is known to be over.
 */
final class SessionKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(SessionKeeper.class);

    private final Backend backend;
    private final Timekeeper timekeeper;
    private final Duration sessionTimeout;
    private final Duration callTimeout;
    private final ConclaveObserver observer;
    private final Function<Session, CompletionStage<Void>> preparation;
    private final SerialDrain drain;
    private final List<Consumer<SessionState>> stateHooks = new CopyOnWriteArrayList<>();
    private final Set<HeldGrant> grants = ConcurrentHashMap.newKeySet();
    private final Map<Object, CompletableFuture<Void>> pauses = new ConcurrentHashMap<>();
    private final AtomicInteger demand = new AtomicInteger();
    private final AtomicInteger held = new AtomicInteger();
    private volatile CompletableFuture<Session> promise = new CompletableFuture<>();
    private volatile @Nullable Session current;
    private volatile SessionState state = SessionState.SUSPENDED;
    private final AtomicLong incarnation = new AtomicLong();
    private final AtomicLong sessions = new AtomicLong();
    private @Nullable Cancellable validityTimer;
    private volatile boolean closed;

    SessionKeeper(
            Backend backend,
            ConclaveOptions options,
            Timekeeper timekeeper,
            Function<Session, CompletionStage<Void>> preparation) {
        this.backend = backend;
        this.timekeeper = timekeeper;
        this.sessionTimeout = options.sessionTimeout;
        this.callTimeout = options.callTimeout;
        this.observer = options.observer;
        this.preparation = preparation;
        this.drain = new SerialDrain(timekeeper.executor());
    }

    Timekeeper timekeeper() {
        return timekeeper;
    }

    SessionState state() {
        return state;
    }

    /** How many sessions were taken into use. */
    long sessions() {
        return sessions.get();
    }

    @Nullable
    Session current() {
        return current;
    }

    int grantCount() {
        return grants.size();
    }

    void addStateHook(Consumer<SessionState> hook) {
        stateHooks.add(hook);
    }

    /** The deadline of one try: the caller's, but no later than one call time-out from now. */
    long tryDeadline(long deadlineNanos) {
        long one = timekeeper.deadlineAfter(callTimeout);
        return one - deadlineNanos < 0 ? one : deadlineNanos;
    }

    /** Starts opening the first session. */
    void start() {
        drain.execute(() -> open(1));
    }

    /** A prepared session: the present one, or the next. Fails if there can be none. */
    CompletableFuture<Session> session() {
        return promise;
    }

    /** A prepared session other than this one, which the caller knows to be over. */
    CompletableFuture<Session> sessionAfter(Session dead) {
        CompletableFuture<Session> next = new CompletableFuture<>();
        drain.execute(() -> {
            if (current == dead) {
                replace(dead, SessionState.LOST);
            }
            Calls.forward(promise, next);
        });
        return next;
    }

    private void open(int attempt) {
        if (closed) {
            return;
        }
        SessionSpec spec = new SessionSpec(sessionTimeout, incarnation.incrementAndGet());
        CompletableFuture<Session> opened = Calls.guarded(() -> backend.openSession(
                spec,
                (session, now) -> drain.execute(() -> onState(session, now)),
                timekeeper.deadlineAfter(callTimeout)));
        Calls.whenDone(opened, drain, (session, failure) -> {
            if (session != null) {
                prepare(session, attempt);
            } else {
                openFailed(
                        attempt, failure != null ? failure : new IllegalStateException("the backend opened nothing"));
            }
        });
    }

    private void prepare(Session session, int attempt) {
        CompletableFuture<Void> prepared = Calls.guarded(() -> preparation.apply(session));
        Calls.whenDone(prepared, drain, (nothing, failure) -> {
            if (failure == null && !closed && !session.state().isFinal()) {
                adopt(session);
                return;
            }
            Calls.inBackground(Calls.guarded(session::closeAsync), "closing a session that was not taken into use");
            openFailed(
                    attempt,
                    failure != null ? failure : new BackendClosedException("the session ended while it was prepared"));
        });
    }

    private void adopt(Session session) {
        current = session;
        sessions.incrementAndGet();
        session.keepFresh(demand.get() > 0);
        publish(session.state());
        promise.complete(session);
    }

    private void openFailed(int attempt, Throwable failure) {
        if (closed) {
            return;
        }
        if (RetryPolicy.mayPass(failure)
                || failure instanceof BackendClosedException
                || failure instanceof SessionLostException) {
            observer(o -> o.onRetry(attempt, failure));
            LOG.debug("opening a session failed, attempt {}", attempt, failure);
        } else {
            LOG.warn("opening a session failed for a reason that may not pass", failure);
            CompletableFuture<Session> failed = promise;
            promise = new CompletableFuture<>();
            failed.completeExceptionally(failure);
        }
        timekeeper.schedule(() -> drain.execute(() -> open(attempt + 1)), RetryPolicy.pause(attempt));
    }

    private void onState(Session session, SessionState now) {
        if (session != current) {
            return;
        }
        if (now == SessionState.DOUBTFUL) {
            loseGrants(session, "the session was out of contact for longer than it is believed to live");
        }
        if (now.isFinal()) {
            replace(session, now);
            return;
        }
        publish(now);
        if (now == SessionState.ACTIVE) {
            wake();
        }
    }

    private void replace(Session session, SessionState now) {
        current = null;
        if (promise.isDone()) {
            promise = new CompletableFuture<>();
        }
        publish(now);
        loseGrants(session, "the session is " + now);
        if (!session.state().isFinal()) {
            Calls.inBackground(Calls.guarded(session::closeAsync), "closing a session that was given up");
        }
        wake();
        open(1);
    }

    private void wake() {
        pauses.values().forEach(pause -> pause.complete(null));
    }

    private void publish(SessionState now) {
        if (state == now) {
            return;
        }
        state = now;
        observer(o -> o.onState(now));
        stateHooks.forEach(hook -> hook.accept(now));
    }

    /** Tells the observer; what it throws is logged. */
    void observer(Consumer<ConclaveObserver> call) {
        try {
            call.accept(observer);
        } catch (Throwable thrown) { // a user's failure must not reach the engine
            LOG.warn("the observer threw", thrown);
        }
    }

    /** A retry's pause: over when the time is, or as soon as the session is in contact again. */
    CompletableFuture<Void> pause(int attempt, long deadlineNanos) {
        CompletableFuture<Void> pause = new CompletableFuture<>();
        Object key = new Object();
        pauses.put(key, pause);
        Duration left = timekeeper.until(deadlineNanos);
        Duration wait = RetryPolicy.pause(attempt);
        Cancellable timer = timekeeper.schedule(() -> pause.complete(null), wait.compareTo(left) < 0 ? wait : left);
        return pause.whenComplete((nothing, failure) -> {
            timer.cancel();
            pauses.remove(key);
        });
    }

    /** How many hold or await a grant. */
    int demandCount() {
        return demand.get() - held.get();
    }

    /** Counts those who hold something else that ends with the session: its validity is kept ahead for them, too. */
    void hold(int change) {
        held.addAndGet(change);
        demand(change);
    }

    /** Counts those who hold or await a grant: while there are any, the session's validity is kept ahead. */
    void demand(int change) {
        int now = demand.addAndGet(change);
        Session session = current;
        if (session != null && (now == 0 || now == change)) {
            drain.execute(() -> {
                Session present = current;
                if (present != null) {
                    present.keepFresh(demand.get() > 0);
                }
            });
        }
    }

    void register(HeldGrant grant) {
        grants.add(grant);
        drain.execute(() -> {
            if (grant.isValid()) { // its session may have ended just before
                watchValidity();
            }
        });
    }

    void unregister(HeldGrant grant) {
        grants.remove(grant);
    }

    private void watchValidity() {
        if (validityTimer != null || grants.isEmpty()) {
            return;
        }
        long earliest = Long.MAX_VALUE;
        for (HeldGrant grant : grants) {
            if (grant.isValid()) {
                earliest = Math.min(earliest, Math.max(1, grant.validFor().toNanos()));
            }
        }
        if (earliest != Long.MAX_VALUE) {
            validityTimer = timekeeper.schedule(
                    () -> drain.execute(() -> {
                        validityTimer = null;
                        watchValidity();
                    }),
                    Duration.ofNanos(earliest));
        }
    }

    private void loseGrants(Session session, String why) {
        for (HeldGrant grant : grants) {
            if (grant.session() == session) {
                grant.lose(why);
            }
        }
    }

    /** Ends the session; grants are lost, and whoever waits for a session fails. */
    CompletableFuture<Void> close() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        drain.execute(() -> {
            if (!closed) {
                closed = true;
                Session session = current;
                current = null;
                CompletableFuture<Session> waiting = promise;
                promise = CompletableFuture.failedFuture(new BackendClosedException("the Conclave is closed"));
                waiting.completeExceptionally(new BackendClosedException("the Conclave was closed"));
                if (session != null) {
                    loseGrants(session, "the Conclave was closed");
                }
                publish(SessionState.CLOSED);
                wake();
                if (validityTimer != null) {
                    validityTimer.cancel();
                }
            }
            Calls.forward(Calls.guarded(backend::closeAsync), done);
        });
        return done;
    }

    boolean isClosed() {
        return closed;
    }
}
