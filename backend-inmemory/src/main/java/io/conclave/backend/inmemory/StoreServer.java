package io.conclave.backend.inmemory;

import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.OpId;
import io.conclave.spi.Query;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.View;
import io.conclave.spi.Withdrawal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The serving side: applies commands to the tree, tells changes to watches, and ends sessions whose time has run out.
 *
 * <p>All state is owned by {@code drain}. Nothing of a client runs in it: answers and events are handed to the sessions' own drains, the
 * events of a command before its answer (rule W6), so a slow listener delays only its own session (rule W8).
 */
final class StoreServer {
    private static final int SESSIONS_KNOWN = 1_024;

    final Timekeeper clock;
    final FaultPlan plan = new FaultPlan();
    private final SerialDrain drain;
    private final NodeTree tree;
    private final TreeReader reader;
    private final WatchHub<StoreSession, Runnable, ClientWatch> hub;
    /** By id, which is the order in which they were opened. */
    private final ConcurrentSkipListMap<String, ServerSession> sessions = new ConcurrentSkipListMap<>();
    /** Also those that are over, for the fault control; the oldest are forgotten. */
    private final ConcurrentSkipListMap<String, EmbeddedSession> known = new ConcurrentSkipListMap<>();

    private volatile long revision;

    StoreServer(Timekeeper clock, NodeTree tree) {
        this.clock = clock;
        this.tree = tree;
        this.revision = tree.revision();
        this.reader = new TreeReader(tree);
        this.hub = new WatchHub<>(tree.revision());
        this.drain = new SerialDrain(clock.executor());
    }

    /** Runs a task in the store's drain: at once if it is idle. */
    void execute(Runnable task) {
        drain.execute(task);
    }

    /** Runs a task in the store's drain after a delay. */
    Cancellable later(Runnable task, Duration delay) {
        return clock.schedule(() -> drain.executeLater(task), delay);
    }

    // ---- everything below runs in the drain

    /** Opens a session; the function makes the client's side of it. */
    EmbeddedSession open(SessionSpec spec, Duration ttl, Function<Reply.Opened, EmbeddedSession> client) {
        Reply reply = apply(new Command.OpenSession("", spec.incarnation(), ttl.toMillis()));
        if (!(reply instanceof Reply.Opened opened)) {
            throw new IllegalStateException("a session was not opened: " + reply);
        }
        EmbeddedSession session = client.apply(opened);
        ServerSession served = new ServerSession(this, session, ttl);
        sessions.put(opened.sessionId(), served);
        served.deadline.touch();
        known.put(opened.sessionId(), session);
        if (known.size() > SESSIONS_KNOWN) {
            known.pollFirstEntry();
        }
        return session;
    }

    /** A request has come in from a session. */
    <R> void handle(Request<R> request, EmbeddedSession session) {
        if (!session.link.accepts(request.epoch)) {
            return;
        }
        Fault fault = request.commit == null ? null : plan.next(session, request.commit);
        if (fault == Fault.HOLD_REQUEST) {
            session.link.holdUp(() -> serve(request, session, null));
        } else if (fault != null && !fault.applied()) {
            breakLink(session.link, fault);
        } else {
            serve(request, session, fault);
        }
    }

    private <R> void serve(Request<R> request, EmbeddedSession session, @Nullable Fault fault) {
        if (!session.link.accepts(request.epoch)) {
            return;
        }
        ServerSession served = sessions.get(session.id());
        if (served == null) {
            session.link.deliver(() -> session.ended(request));
            return;
        }
        served.deadline.touch();
        Runnable answer = answer(request, session);
        if (fault != null) {
            breakLink(session.link, fault);
        } else {
            session.link.answer(request, answer);
        }
    }

    private static void breakLink(Link link, Fault fault) {
        link.cut();
        if (fault.heals()) {
            link.heal();
        }
    }

    private <R> Runnable answer(Request<R> request, EmbeddedSession session) {
        try {
            Object answer = perform(request.ask, session, request.unsettled);
            long revision = tree.revision();
            return () -> session.answered(request, revision, () -> request.succeed(answer));
        } catch (BackendException failure) {
            long revision = tree.revision();
            return () -> session.answered(request, revision, () -> request.result.completeExceptionally(failure));
        }
    }

    private Object perform(Ask ask, EmbeddedSession session, Set<OpId> unsettled) {
        if (ask instanceof Ask.Commit asked) {
            return commit(session.id(), asked.commit(), unsettled);
        }
        if (ask instanceof Ask.Withdraw withdraw) {
            return withdraw(session.id(), withdraw.opId(), unsettled);
        }
        if (ask instanceof Ask.Read read) {
            return read(read.queries());
        }
        if (ask instanceof Ask.Watch watch) {
            watch(watch.watch(), session);
        } else if (ask instanceof Ask.Resume resume) {
            resume(session, resume.watches(), resume.heardUpTo());
        } else if (ask instanceof Ask.End) {
            end(session.id(), false);
        }
        return true;
    }

    private CommitResult commit(String sessionId, Commit commit, Set<OpId> unsettled) {
        Reply reply = apply(new Command.Commit(sessionId, commit.opId(), commit.guards(), commit.writes(), unsettled));
        if (reply instanceof Reply.Committed committed) {
            List<View> then = reader.read(commit.then(), committed.revision(), committed.made());
            return new CommitResult.Applied(OptionalLong.of(committed.revision()), committed.created(), then);
        }
        if (reply instanceof Reply.Refused refused) {
            return new CommitResult.Refused(refused.index(), read(commit.then()));
        }
        if (reply instanceof Reply.Invalid invalid) {
            throw new InvalidRequestException(invalid.message());
        }
        throw new IllegalStateException("a commit of a session that is served came to " + reply);
    }

    private Withdrawal withdraw(String sessionId, OpId opId, Set<OpId> unsettled) {
        Reply reply = apply(new Command.Withdraw(sessionId, opId, unsettled));
        if (reply instanceof Reply.Withdrawn withdrawn) {
            return withdrawn.withdrawal();
        }
        throw new IllegalStateException("a withdrawal of a session that is served came to " + reply);
    }

    private List<View> read(List<Query> queries) {
        return reader.read(queries, tree.revision(), List.of());
    }

    /** Ends a session; its client is told unless it is the one who asked. False if it was over before. */
    boolean end(String sessionId, boolean tellClient) {
        ServerSession served = sessions.remove(sessionId);
        if (served == null) {
            return false;
        }
        served.deadline.stop();
        served.watches.forEach(hub::remove);
        apply(new Command.EndSession(sessionId));
        if (tellClient) {
            served.client.link.deliver(() -> served.client.ended(null));
        }
        return true;
    }

    private Reply apply(Command command) {
        List<Change> changes = new ArrayList<>();
        Reply reply = tree.apply(command, changes);
        revision = tree.revision();
        if (!changes.isEmpty()) {
            tell(changes);
        }
        return reply;
    }

    /** All that one session has to hear of one command travels in one message, so that a cut falls between revisions. */
    private void tell(List<Change> changes) {
        long revision = tree.revision();
        hub.changed(changes, StoreServer::hears)
                .forEach((session, events) -> send((EmbeddedSession) session, revision, events));
    }

    private static boolean hears(StoreSession session) {
        return ((EmbeddedSession) session).link.isAttached();
    }

    private static void send(EmbeddedSession session, long revision, List<Runnable> events) {
        if (events.isEmpty()) {
            return;
        }
        session.link.deliver(() -> session.hear(revision, events));
    }

    // ---- watches

    /** Starts a watch of a served session. */
    private void watch(ClientWatch watch, EmbeddedSession session) {
        session.link.deliver(watch::activate);
        send(session, tree.revision(), start(watch, Interest.afterRevisionOf(watch.spec), true));
    }

    /** What there is to tell at once. */
    private List<Runnable> start(ClientWatch watch, long afterRevision, boolean first) {
        ServerSession served = sessions.get(watch.session.id());
        if (served == null || watch.isOver()) {
            return List.of();
        }
        served.watches.add(watch);
        return hub.start(watch, tree, afterRevision, first);
    }

    void unwatch(ClientWatch watch) {
        hub.remove(watch);
        ServerSession served = sessions.get(watch.session.id());
        if (served != null) {
            served.watches.remove(watch);
        }
    }

    /**
     * After a new connection: the client names its watches and up to which revision it has heard everything. It has dealt with all
     * that was sent before, and nothing was sent since, so what it missed is what came after that revision.
     */
    private void resume(EmbeddedSession session, List<ClientWatch> all, long heardUpTo) {
        session.link.attach();
        List<Runnable> events = new ArrayList<>();
        for (ClientWatch watch : all) {
            unwatch(watch);
            watch.nothingWaits();
            boolean active = watch.isActive();
            events.addAll(start(watch, active ? heardUpTo : Interest.afterRevisionOf(watch.spec), !active));
            events.add(watch::activate);
        }
        send(session, tree.revision(), events);
    }

    // ---- answered from any thread, for the fault control

    /** The revision of the latest write. */
    long revision() {
        return revision;
    }

    int runningWatches() {
        return hub.size();
    }

    List<String> sessionIds() {
        return List.copyOf(sessions.keySet());
    }

    /** A session's client, also of one that is over if that was not long ago. */
    @Nullable
    EmbeddedSession client(String sessionId) {
        return known.get(sessionId);
    }

    /** The client of the session that was opened last. */
    @Nullable
    EmbeddedSession latest() {
        Map.Entry<String, EmbeddedSession> last = known.lastEntry();
        return last == null ? null : last.getValue();
    }
}
