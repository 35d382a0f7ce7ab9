package io.conclave.backend.inmemory;

import io.conclave.spi.Commit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What can be done to one client, or to several at once: one session, all sessions of a connection, or everybody. From {@link
 * FaultControl}, whose rules on threads and time hold here too.
 */
public final class ClientFaults {
    private final EmbeddedStore store;
    private final Supplier<List<EmbeddedSession>> sessions;
    /** Those whose future sessions are meant too. */
    private final Supplier<List<EmbeddedBackend>> whole;

    private ClientFaults(
            EmbeddedStore store, Supplier<List<EmbeddedSession>> sessions, Supplier<List<EmbeddedBackend>> whole) {
        this.store = store;
        this.sessions = sessions;
        this.whole = whole;
    }

    static ClientFaults ofSession(EmbeddedStore store, EmbeddedSession session) {
        return new ClientFaults(store, () -> List.of(session), List::of);
    }

    static ClientFaults ofBackends(EmbeddedStore store, Supplier<List<EmbeddedBackend>> backends) {
        Supplier<List<EmbeddedSession>> all = () -> {
            List<EmbeddedSession> found = new ArrayList<>();
            backends.get().forEach(backend -> found.addAll(backend.sessions()));
            return found;
        };
        return new ClientFaults(store, all, backends);
    }

    // ---- sessions

    /** The store ends the session, as after its time-out. The client hears it at once if it is connected, else when it is again. */
    public void expire() {
        onSessions(session -> store.server().end(session.id(), true));
    }

    // ---- the connection

    /** Cuts the connection. The client notices at once: requests in flight are in doubt, new ones are not sent, the session is suspended. */
    public void suspend() {
        sessions.get().forEach(session -> session.link.markDown());
        onBackends(backend -> backend.cutOff(true));
        onSessions(session -> session.link.cut());
    }

    /** From now on nothing comes through in either direction and nobody is told: the client finds out by waiting. */
    public void blackhole() {
        onBackends(backend -> backend.cutOff(true));
        onSessions(session -> session.link.silence());
    }

    /** Ends {@link #suspend()} and {@link #blackhole()}: the client connects at once. */
    public void heal() {
        onBackends(backend -> backend.cutOff(false));
        onSessions(session -> session.link.heal());
    }

    // ---- the order of things

    /** Keeps back all answers and events, in order, until {@link #release()}. Requests go on reaching the store. */
    public void hold() {
        onSessions(session -> session.link.hold());
    }

    /** Lets everything through that was kept back, in order. */
    public void release() {
        onSessions(session -> session.link.release());
    }

    /** Lets the commits go on to the store that {@link Fault#HOLD_REQUEST} holds up. */
    public void releaseHeldCommits() {
        onSessions(session -> session.link.releaseHeldUp());
    }

    /** Delays all answers and events from now on; zero ends it. Their order stays. */
    public void delayReplies(Duration delay) {
        if (delay.isNegative()) {
            throw new IllegalArgumentException("delay " + delay + " is negative");
        }
        onSessions(session -> session.link.delay(delay));
    }

    // ---- the process

    /**
     * Stops the client's process, as a long garbage collection would: the backend's timers, deliveries and calls to the store wait, and
     * with {@link EmbeddedStore.Builder#pausableTimers} also the timers of the code above. Time goes on, and the store ends its sessions in due course. All sessions of the same connection are in the same process. Threads
     * of the test that call methods answering from memory are not stopped.
     */
    public void pause() {
        onProcesses(backend -> backend.gate().shut());
    }

    /** Lets the process go on: what became due meanwhile happens now, in that order. */
    public void resume() {
        onProcesses(backend -> backend.gate().open());
    }

    // ---- single commits

    /** The next commit is applied, its answer is lost, and the connection comes back at once. */
    public void dropNextReply() {
        onNext(Fault.DROP_REPLY);
    }

    /** The next commit is lost on its way to the store, and the connection comes back at once. */
    public void dropNextRequest() {
        onNext(Fault.DROP_REQUEST);
    }

    /** The next commit meets this fault. */
    public void onNext(Fault fault) {
        onCommit(commit -> true, 1, fault);
    }

    /**
     * The n-th commit from now on for which the predicate holds meets this fault. The predicate is called by the store for commits as
     * they arrive: it must not block and must not call the store. Faults wait in the order in which they were given; each strikes once.
     */
    public void onCommit(Predicate<Commit> which, int n, Fault fault) {
        Objects.requireNonNull(which, "which");
        Objects.requireNonNull(fault, "fault");
        if (n < 1) {
            throw new IllegalArgumentException("the first commit is number 1, not " + n);
        }
        Predicate<EmbeddedSession> mine = session ->
                whole.get().contains(session.backend) || sessions.get().contains(session);
        store.run(() -> store.server().plan.add(new FaultPlan.Planned(mine, which, n - 1, fault)));
    }

    // ---- counting

    /** How many requests the client has sent. */
    public RequestCounts requests() {
        RequestCounts sum = new RequestCounter().get();
        List<EmbeddedBackend> backends = whole.get();
        for (EmbeddedBackend backend : backends) {
            sum = sum.plus(backend.requests());
        }
        for (EmbeddedSession session : sessions.get()) {
            sum = backends.contains(session.backend) ? sum : sum.plus(session.counter.get());
        }
        return sum;
    }

    /** Counts from zero again. */
    public void resetRequests() {
        onSessions(session -> session.counter.reset());
        onBackends(EmbeddedBackend::resetRequests);
    }

    private void onSessions(Consumer<EmbeddedSession> action) {
        store.run(() -> sessions.get().forEach(action));
    }

    private void onBackends(Consumer<EmbeddedBackend> action) {
        store.run(() -> whole.get().forEach(action));
    }

    private void onProcesses(Consumer<EmbeddedBackend> action) {
        store.run(() -> {
            Set<EmbeddedBackend> processes = new LinkedHashSet<>(whole.get());
            sessions.get().forEach(session -> processes.add(session.backend));
            processes.forEach(action);
        });
    }
}
