package io.conclave.backend.inmemory;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One client of an embedded store. What is not final is written by the store's drain only. */
final class EmbeddedBackend implements Backend {
    private final EmbeddedStore store;
    private final StoreServer server;
    private final Limits limits;
    private final Gate gate = new Gate();
    private final Timekeeper shown;
    private final Timekeeper gated;
    private final Executor entry;

    private final Set<EmbeddedSession> sessions = new CopyOnWriteArraySet<>();
    /** With the timers of their deadlines. */
    private final Map<Runnable, Cancellable> waitingOpens = new LinkedHashMap<>();

    private volatile RequestCounts past = new RequestCounter().get();
    private boolean cutOff;
    private @Nullable CompletableFuture<Void> closed;

    /**
     * A client.
     *
     * @param pausableTimers whether {@link #timekeeper()} is one whose timers stop with the client
     */
    EmbeddedBackend(EmbeddedStore store, Limits limits, boolean pausableTimers) {
        this.store = store;
        this.server = store.server();
        this.limits = limits;
        this.gated = gate.timekeeper(server.clock);
        this.shown = pausableTimers ? gated : server.clock;
        this.entry = server.clock instanceof VirtualClock virtual ? virtual.executor() : Runnable::run;
    }

    @Override
    public Capabilities capabilities() {
        return limits.capabilities();
    }

    @Override
    public Timekeeper timekeeper() {
        return shown;
    }

    @Override
    public CompletionStage<Session> openSession(SessionSpec spec, SessionListener listener, long deadlineNanos) {
        Objects.requireNonNull(spec, "spec");
        Objects.requireNonNull(listener, "listener");
        CompletableFuture<Session> opened = new CompletableFuture<>();
        enter(() -> {
            long askedNanos = gated.nanoTime();
            server.execute(() -> open(spec, listener, askedNanos, deadlineNanos, opened));
        });
        return opened;
    }

    private void open(
            SessionSpec spec,
            SessionListener listener,
            long askedNanos,
            long deadlineNanos,
            CompletableFuture<Session> opened) {
        if (closed != null) {
            fail(opened, new BackendClosedException("the backend was closed"));
        } else if (gated.isPast(deadlineNanos)) {
            fail(opened, new UnavailableException("no session was opened by the deadline"));
        } else if (cutOff) {
            Runnable again = () -> open(spec, listener, gated.nanoTime(), deadlineNanos, opened);
            Cancellable timer = server.later(() -> stopWaiting(again, opened), gated.until(deadlineNanos));
            waitingOpens.put(again, timer);
        } else {
            Duration ttl = Limits.grant(spec.ttl());
            EmbeddedSession session =
                    server.open(spec, ttl, granted -> new EmbeddedSession(this, granted, spec, ttl, listener));
            sessions.add(session);
            session.receive(() -> {
                session.begin(askedNanos);
                opened.complete(session);
            });
        }
    }

    private void stopWaiting(Runnable again, CompletableFuture<Session> opened) {
        if (waitingOpens.remove(again) != null) {
            fail(opened, new UnavailableException("the store was not reached by the deadline"));
        }
    }

    /** Completes outside of the store's drain. */
    private void fail(CompletableFuture<?> future, RuntimeException why) {
        gated.executor().execute(() -> future.completeExceptionally(why));
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        enter(() -> server.execute(() -> close(done)));
        return done;
    }

    private void close(CompletableFuture<Void> done) {
        if (closed == null) {
            closed = new CompletableFuture<>();
            store.forget(this);
            List<CompletableFuture<?>> all = new ArrayList<>();
            for (EmbeddedSession session : sessions) {
                all.add(session.closed());
            }
            List<EmbeddedSession> open = List.copyOf(sessions);
            CompletableFuture<Void> end = closed;
            gated.executor().execute(() -> {
                open.forEach(EmbeddedSession::closeAsync);
                CompletableFuture<Void> unused = CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                        .whenComplete((ok, failure) -> end.complete(null));
            });
            goOnOpening();
        }
        CompletableFuture<Void> unused =
                closed.whenComplete((ok, failure) -> gated.executor().execute(() -> done.complete(null)));
    }

    // ---- for the sessions

    EmbeddedStore store() {
        return store;
    }

    StoreServer server() {
        return server;
    }

    Gate gate() {
        return gate;
    }

    /** The store's clock as the client's process sees it. */
    Timekeeper gated() {
        return gated;
    }

    /**
     * Runs what a caller wants. Under a virtual clock everything goes through the clock's queue, so that no listener ever runs inside
     * the store's drain; in real time the helper threads see to that.
     */
    void enter(Runnable call) {
        gate.pass(() -> entry.execute(call));
    }

    /** A session is over. */
    void forget(EmbeddedSession session) {
        server.execute(() -> {
            if (sessions.remove(session)) {
                past = past.plus(session.counter.get());
            }
        });
    }

    // ---- for the fault control

    List<EmbeddedSession> sessions() {
        return List.copyOf(sessions);
    }

    /** In the store's drain. */
    void cutOff(boolean now) {
        cutOff = now;
        if (!now) {
            goOnOpening();
        }
    }

    private void goOnOpening() {
        Map<Runnable, Cancellable> waiting = new LinkedHashMap<>(waitingOpens);
        waitingOpens.clear();
        waiting.forEach((again, timer) -> {
            timer.cancel();
            again.run();
        });
    }

    RequestCounts requests() {
        RequestCounts sum = past;
        for (EmbeddedSession session : sessions) {
            sum = sum.plus(session.counter.get());
        }
        return sum;
    }

    void resetRequests() {
        past = new RequestCounter().get();
        sessions.forEach(session -> session.counter.reset());
    }
}
