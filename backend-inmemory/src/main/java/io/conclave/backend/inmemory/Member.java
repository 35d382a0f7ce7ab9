package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.Attachment.MemberWatch;
import io.conclave.backend.inmemory.log.Leadership;
import io.conclave.backend.inmemory.log.LogBusyException;
import io.conclave.backend.inmemory.log.LogStatus;
import io.conclave.backend.inmemory.log.NotLeaderException;
import io.conclave.backend.inmemory.log.ReplicatedLog;
import io.conclave.backend.inmemory.wire.Message;
import io.conclave.backend.inmemory.wire.Message.Failure;
import io.conclave.backend.inmemory.wire.TooLongException;
import io.conclave.backend.inmemory.wire.Wire;
import io.conclave.spi.CommitResult;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec.Kind;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member's side towards clients. Only the leading member serves sessions; the others say who leads.
 *
 * <p><b>Order.</b> All state is touched under the machine's lock. Events are put into a session's connection while their command is applied, its answer afterwards, and a read looks and answers under the lock: so no answer
 * overtakes an event that it depends on (rule W6).
 *
 * <p><b>Sessions.</b> Deadlines are this member's own, on its monotonic clock, from the moment in which it begins to lead. A request moves the deadline when it comes in; it is acknowledged only when a quorum has confirmed, after that, that this member leads: so
 * whatever member ends the session does it a time-out later than the send (rule T1). From the moment in which the end is proposed beats are not acknowledged any more.
 */
final class Member implements StoreMachine.Owner {
    static final int PORTS_MAX = 10_000;
    private static final Logger LOG = LoggerFactory.getLogger(Member.class);
    private static final Duration AGAIN = Duration.ofMillis(500);
    private static final int KEY_CHARS_MAX = 64;

    private final int id;
    private final Map<Integer, String> addresses;
    private final Timekeeper clock;
    private final Consumer<String> onBroken;
    private final StoreMachine machine = new StoreMachine(this);
    private final Object lock = machine.lock;
    private final WatchHub<Attachment, Message.Event, MemberWatch> hub = new WatchHub<>(0);
    /** By session. */
    private final Map<String, Attachment> attachments = new HashMap<>();

    private final Map<String, SessionDeadline> deadlines = new HashMap<>();
    private final Set<MemberPort> ports = new HashSet<>();
    private @Nullable ReplicatedLog log;
    private @Nullable Barriers barriers;
    private Leadership known = new Leadership(0, OptionalInt.empty(), false);
    private boolean leading;

    /**
     * A member.
     *
     * @param addresses where each member listens for clients
     * @param onBroken hears that it can apply nothing more
     */
    Member(int id, Map<Integer, String> addresses, Timekeeper clock, Consumer<String> onBroken) {
        this.id = id;
        this.addresses = addresses;
        this.clock = clock;
        this.onBroken = onBroken;
    }

    /** What the log applies its entries to. */
    StoreMachine machine() {
        return machine;
    }

    /** The log runs. */
    void start(ReplicatedLog started) {
        synchronized (lock) {
            log = started;
            barriers = new Barriers(started, lock);
            leadership(known);
        }
    }

    // ---- the machine's calls, under the lock

    @Override
    public void leadership(Leadership now) {
        boolean sameTerm = now.own() && known.own() && now.term() == known.term();
        if (!now.equals(known)) {
            LOG.debug(
                    "member {}: term {}, {}",
                    id,
                    now.term(),
                    now.own()
                            ? "leads"
                            : now.leader().isPresent()
                                    ? "follows " + now.leader().getAsInt()
                                    : "no leader");
        }
        known = now;
        if (log == null || (sameTerm && leading)) {
            return;
        }
        if (!now.own()) {
            stopServing();
            tellWhoLeads();
        } else if (machine.tree().storeId.isEmpty()) {
            begin();
        } else {
            startServing();
        }
    }

    /** The first leader of a store decides how it begins. */
    private void begin() {
        long term = known.term();
        Command begin = new Command.Begin(UUID.randomUUID().toString(), EmbeddedStore.baseRevision(clock));
        submit(write(begin), reply -> startServing(term), (failure, text) -> {
            if (leads(term)) {
                LOG.warn("member {}: the store could not begin: {}", id, text);
                later(() -> {
                    if (leads(term) && !leading) {
                        begin();
                    }
                });
            }
        });
    }

    private boolean leads(long term) {
        return known.own() && known.term() == term;
    }

    private void startServing(long term) {
        if (leads(term) && !leading) {
            startServing();
        }
    }

    private void startServing() {
        leading = true;
        machine.tree().sessions.values().forEach(session -> deadlineOf(session).touch());
        LOG.info(
                "member {}: serves store {} with {} sessions from revision {}",
                id,
                machine.tree().storeId,
                deadlines.size(),
                machine.tree().revision());
        tellWhoLeads();
    }

    /** To those who have come here while nobody led, or another one. */
    private void tellWhoLeads() {
        String leader = leaderAddress();
        if (!leader.isEmpty()) {
            List.copyOf(ports).forEach(port -> port.leads(leader));
        }
    }

    private void stopServing() {
        if (leading) {
            LOG.info("member {}: serves no more", id);
        }
        leading = false;
        deadlines.values().forEach(SessionDeadline::stop);
        deadlines.clear();
        List.copyOf(attachments.values()).forEach(this::detach);
        for (MemberPort port : List.copyOf(ports)) {
            if (port.isServing()) {
                port.send(new Message.Moved(leaderAddress()));
                port.close("this member does not lead any more");
            }
        }
    }

    private String leaderAddress() {
        OptionalInt leader = known.leader();
        return leader.isEmpty() ? "" : addresses.getOrDefault(leader.getAsInt(), "");
    }

    @Override
    public void restored() {
        hub.restart(machine.tree().revision());
        if (leading) {
            stopServing();
            startServing();
        }
    }

    @Override
    public void broken(String why) {
        LOG.error("member {}: {}; it stops", id, why);
        stopServing();
        onBroken.accept(why);
    }

    @Override
    public void applied(Command command, Reply reply, List<Change> changes) {
        Attachment ended = null;
        if (command instanceof Command.EndSession end) {
            SessionDeadline deadline = deadlines.remove(end.sessionId());
            if (deadline != null) {
                deadline.stop();
            }
            ended = attachments.get(end.sessionId());
            if (ended != null) {
                detach(ended);
            }
        } else if (leading && reply instanceof Reply.Opened opened) {
            TreeSession session = machine.tree().sessions.get(opened.sessionId());
            if (session != null) {
                deadlineOf(session).touch();
            }
        }
        if (!changes.isEmpty()) {
            long revision = machine.tree().revision();
            hub.changed(changes, Attachment::isCurrent)
                    .forEach((attachment, events) -> attachment.tell(revision, 0, events));
        }
        if (ended != null) {
            ended.port.send(new Message.Ended(0, ended.number));
        }
    }

    // ---- sessions

    private SessionDeadline deadlineOf(TreeSession session) {
        return deadlines.computeIfAbsent(
                session.id,
                key -> new SessionDeadline(
                        clock, this::locked, Duration.ofMillis(session.ttlMillis), () -> expire(session.id)));
    }

    private void locked(Runnable task) {
        clock.executor().execute(() -> {
            synchronized (lock) {
                task.run();
            }
        });
    }

    private void later(Runnable task) {
        var unused = clock.schedule(() -> locked(task), AGAIN);
    }

    /** Proposes the end of a session until it is over, or this member serves no more. If it serves again later, the session has a new deadline. */
    private void expire(String sessionId) {
        SessionDeadline deadline = deadlines.get(sessionId);
        if (leading && deadline != null && deadline.isOver()) {
            LOG.debug("member {}: session {} was not heard in time", id, sessionId);
            submit(
                    write(new Command.EndSession(sessionId)),
                    reply -> {},
                    (failure, text) -> later(() -> expire(sessionId)));
        }
    }

    /** Moves the session's deadline, unless its end is proposed: then false. */
    private boolean touch(String sessionId) {
        SessionDeadline deadline = deadlines.get(sessionId);
        if (deadline == null || deadline.isOver()) {
            return false;
        }
        deadline.touch();
        return true;
    }

    private Attachment attach(MemberPort port, int number, String sessionId, NodePath namespace) {
        Attachment before = attachments.get(sessionId);
        if (before != null) {
            detach(before);
        }
        Attachment attachment = new Attachment(port, number, sessionId, new Namespace(namespace));
        if (!port.isClosed()) {
            attachments.put(sessionId, attachment);
            port.attachments().put(number, attachment);
        }
        return attachment;
    }

    private void detach(Attachment attachment) {
        attachment.over();
        attachments.remove(attachment.sessionId, attachment);
        attachment.port.attachments().remove(attachment.number, attachment);
        attachment.watches.values().forEach(hub::remove);
        attachment.watches.clear();
    }

    // ---- connections

    /** False if there are too many. */
    boolean enter(MemberPort port) {
        synchronized (lock) {
            return ports.size() < PORTS_MAX && ports.add(port);
        }
    }

    void leave(MemberPort port) {
        synchronized (lock) {
            ports.remove(port);
            List.copyOf(port.attachments().values()).forEach(this::detach);
        }
    }

    Message.Welcome welcome(MemberPort port) {
        synchronized (lock) {
            String leader = known.own() && !leading ? "" : leaderAddress(); // it will be told once it serves
            port.greeted(leading, leader);
            return new Message.Welcome(Wire.VERSION, machine.tree().storeId, id, leading, leader);
        }
    }

    // ---- requests, on the connections' threads

    void open(MemberPort port, Message.Open asked) {
        BiConsumer<Failure, String> failed = failing(port, asked.request(), asked.session());
        if (asked.ttlMillis() < 1 || asked.key().isEmpty() || asked.key().length() > KEY_CHARS_MAX) {
            failed.accept(Failure.INVALID, "a session needs a positive time-out and a key of 1 to 64 characters");
            return;
        }
        long ttlMillis = Replication.grant(Duration.ofMillis(asked.ttlMillis())).toMillis();
        byte[] entry = write(new Command.OpenSession(asked.key(), asked.incarnation(), ttlMillis));
        synchronized (lock) {
            if (!serves(failed)) {
                return;
            }
            TreeSession before = machine.tree().sessionOf(asked.key());
            if (before != null && !touch(before.id)) {
                failed.accept(Failure.NOT_DONE, "the session that was opened with this key is being ended");
                return;
            }
            submit(
                    entry,
                    reply -> {
                        Reply.Opened opened = (Reply.Opened) reply;
                        attach(port, asked.session(), opened.sessionId(), asked.namespace());
                        port.answer(new Message.Opened(
                                asked.request(),
                                asked.session(),
                                opened.sessionId(),
                                opened.nonce(),
                                opened.ttlMillis()));
                    },
                    failed);
        }
    }

    void attach(MemberPort port, Message.Attach asked) {
        BiConsumer<Failure, String> failed = failing(port, asked.request(), asked.session());
        synchronized (lock) {
            if (!serves(failed)) {
                return;
            }
            if (machine.tree().sessions.containsKey(asked.sessionId())) {
                touch(asked.sessionId());
                attach(port, asked.session(), asked.sessionId(), asked.namespace());
            }
            renew(port, asked.request(), asked.session(), asked.sessionId(), failed);
        }
    }

    void beat(MemberPort port, @Nullable Attachment attachment, Message.Beat asked) {
        BiConsumer<Failure, String> failed = failing(port, asked.request(), asked.session());
        synchronized (lock) {
            Attachment served = served(attachment, failed);
            if (served != null) {
                touch(served.sessionId);
                renew(port, asked.request(), asked.session(), served.sessionId, failed);
            }
        }
    }

    /** Acknowledges when a quorum has confirmed that this member leads. Without an answer if the session's end is proposed: its end will be told. */
    private void renew(
            MemberPort port, long request, int number, String sessionId, BiConsumer<Failure, String> failed) {
        afterBarrier(failed, () -> {
            if (!machine.tree().sessions.containsKey(sessionId)) {
                port.answer(new Message.Ended(request, number));
            } else if (deadlines.containsKey(sessionId)
                    && !deadlines.get(sessionId).isOver()) {
                port.answer(new Message.Done(request, number, machine.tree().revision()));
            } else {
                port.answered();
            }
        });
    }

    void commit(MemberPort port, @Nullable Attachment attachment, Message.DoCommit asked) {
        BiConsumer<Failure, String> failed = failing(port, asked.request(), asked.session());
        if (attachment == null) {
            failed.accept(Failure.NOT_ATTACHED, "the session is not attached");
            return;
        }
        byte[] entry;
        List<Query> then;
        try {
            entry = write(attachment.namespace.in(attachment.sessionId, asked.commit(), asked.unsettled()));
            then = attachment.namespace.in(asked.commit().then());
        } catch (TooLongException tooLong) {
            failed.accept(Failure.TOO_LARGE, "the commit is larger than an entry of the log: " + tooLong.getMessage());
            return;
        } catch (IllegalArgumentException refused) {
            failed.accept(Failure.INVALID, String.valueOf(refused.getMessage()));
            return;
        }
        synchronized (lock) {
            if (served(attachment, failed) != null) {
                touch(attachment.sessionId);
                submit(entry, reply -> committed(port, attachment, asked, then, reply), failed);
            }
        }
    }

    private void committed(
            MemberPort port, Attachment attachment, Message.DoCommit asked, List<Query> then, Reply reply) {
        long revision = machine.tree().revision();
        if (reply instanceof Reply.Committed committed) {
            List<View> views = read(attachment, then, committed.revision(), committed.made());
            CommitResult result = new CommitResult.Applied(
                    OptionalLong.of(committed.revision()), attachment.namespace.nodesOut(committed.created()), views);
            port.answer(new Message.Result(asked.request(), asked.session(), revision, result));
        } else if (reply instanceof Reply.Refused refused) {
            CommitResult result =
                    new CommitResult.Refused(refused.index(), read(attachment, then, revision, List.of()));
            port.answer(new Message.Result(asked.request(), asked.session(), revision, result));
        } else if (reply instanceof Reply.Invalid invalid) {
            failing(port, asked.request(), asked.session()).accept(Failure.INVALID, invalid.message());
        } else {
            port.answer(new Message.Ended(asked.request(), asked.session()));
        }
    }

    private List<View> read(Attachment attachment, List<Query> queries, long revision, List<OpRecord.Made> made) {
        TreeReader reader = new TreeReader(machine.tree(), attachment.namespace.root());
        return attachment.namespace.viewsOut(reader.read(queries, revision, made));
    }

    void withdraw(MemberPort port, @Nullable Attachment attachment, Message.Withdraw asked) {
        BiConsumer<Failure, String> failed = failing(port, asked.request(), asked.session());
        synchronized (lock) {
            Attachment served = served(attachment, failed);
            if (served != null) {
                touch(served.sessionId);
                Command command = new Command.Withdraw(served.sessionId, asked.opId(), asked.unsettled());
                submit(
                        write(command),
                        reply -> port.answer(
                                reply instanceof Reply.Withdrawn withdrawn
                                        ? new Message.Withdrawn(
                                                asked.request(),
                                                asked.session(),
                                                machine.tree().revision(),
                                                withdrawn.withdrawal())
                                        : new Message.Ended(asked.request(), asked.session())),
                        failed);
            }
        }
    }

    void read(MemberPort port, @Nullable Attachment attachment, Message.Read asked) {
        BiConsumer<Failure, String> failed = failing(port, asked.request(), asked.session());
        synchronized (lock) {
            Attachment served = served(attachment, failed);
            if (served == null) {
                return;
            }
            List<Query> queries;
            try {
                queries = served.namespace.in(asked.queries());
            } catch (IllegalArgumentException refused) {
                failed.accept(Failure.INVALID, String.valueOf(refused.getMessage()));
                return;
            }
            touch(served.sessionId);
            Runnable answer = () -> {
                long revision = machine.tree().revision();
                List<View> views = read(served, queries, revision, List.of());
                port.answer(new Message.Views(asked.request(), asked.session(), revision, views));
            };
            if (asked.linearizable()) {
                afterBarrier(failed, answer);
            } else {
                answer.run();
            }
        }
    }

    void watch(@Nullable Attachment attachment, Message.Watch asked) {
        synchronized (lock) {
            if (attachment == null || !attachment.isCurrent()) {
                return;
            }
            if (attachment.watches.size() >= Attachment.WATCHES_MAX) {
                attachment.port.close("a session has more than " + Attachment.WATCHES_MAX + " watches");
                return;
            }
            MemberWatch watch;
            try {
                watch = new MemberWatch(attachment, asked.watch(), attachment.namespace.in(asked.spec()));
            } catch (IllegalArgumentException nothingCanBeThere) {
                neverChanges(attachment, asked);
                return;
            }
            MemberWatch before = attachment.watches.put(asked.watch(), watch);
            if (before != null) {
                hub.remove(before);
            }
            List<Message.Event> events = hub.start(watch, machine.tree(), asked.after(), asked.first());
            attachment.tell(machine.tree().revision(), asked.watch(), events);
        }
    }

    /** With the namespace before it the path is longer than any may be. */
    private void neverChanges(Attachment attachment, Message.Watch asked) {
        NodePath path = asked.spec().target().path();
        long revision = machine.tree().revision();
        boolean absent = asked.first() && new Interest(asked.spec(), NodePath.root()).tellsAbsence();
        Message.Event gone = new Message.Event(asked.watch(), Kind.DELETED, path, revision);
        attachment.tell(revision, asked.watch(), absent ? List.of(gone) : List.of());
    }

    void unwatch(@Nullable Attachment attachment, Message.Unwatch asked) {
        synchronized (lock) {
            MemberWatch watch = attachment == null ? null : attachment.watches.remove(asked.watch());
            if (watch != null) {
                hub.remove(watch);
            }
        }
    }

    void end(MemberPort port, Message.End asked) {
        BiConsumer<Failure, String> failed = failing(port, asked.request(), asked.session());
        synchronized (lock) {
            if (!serves(failed)) {
                return;
            }
            Runnable done = () -> port.answer(new Message.Done(
                    asked.request(), asked.session(), machine.tree().revision()));
            if (machine.tree().sessions.containsKey(asked.sessionId())) {
                submit(write(new Command.EndSession(asked.sessionId())), reply -> done.run(), failed);
            } else {
                afterBarrier(failed, done);
            }
        }
    }

    void transfer(MemberPort port, Message.Transfer asked) {
        ReplicatedLog agreed;
        synchronized (lock) {
            agreed = log;
        }
        if (agreed == null) {
            failing(port, asked.request(), 0).accept(Failure.NOT_DONE, "this member is starting");
            return;
        }
        var unused = agreed.transferLeadership(asked.member()).whenComplete((done, failure) -> {
            if (failure == null) {
                port.answer(new Message.Done(asked.request(), 0, 0));
            } else {
                failing(port, asked.request(), 0).accept(Failure.NOT_DONE, String.valueOf(failure.getMessage()));
            }
        });
    }

    // ---- the log

    private static byte[] write(Command command) {
        return CommandCodec.write(command, Replication.ENTRY_BYTES_MAX);
    }

    private static BiConsumer<Failure, String> failing(MemberPort port, long request, int number) {
        return (failure, text) -> port.answer(new Message.Failed(request, number, failure, text));
    }

    private boolean serves(BiConsumer<Failure, String> failed) {
        if (!leading) {
            failed.accept(Failure.NOT_DONE, "member " + id + " does not lead");
        }
        return leading;
    }

    /** The attachment if it is served, else null and the request has failed. */
    private @Nullable Attachment served(@Nullable Attachment attachment, BiConsumer<Failure, String> failed) {
        if (!serves(failed)) {
            return null;
        }
        if (attachment == null || !attachment.isCurrent()) {
            failed.accept(Failure.NOT_ATTACHED, "the session is not attached");
            return null;
        }
        return attachment;
    }

    /** Under the lock, and so are the calls that follow. */
    private void submit(byte[] entry, Consumer<Reply> applied, BiConsumer<Failure, String> failed) {
        ReplicatedLog agreed = log;
        if (agreed == null) {
            failed.accept(Failure.NOT_DONE, "member " + id + " is starting");
            return;
        }
        var unused = agreed.submit(entry).whenComplete((reply, failure) -> {
            synchronized (lock) {
                if (failure == null) {
                    applied.accept((Reply) reply);
                } else {
                    failed.accept(kindOf(failure), String.valueOf(failure.getMessage()));
                }
            }
        });
    }

    private static Failure kindOf(Throwable failure) {
        return failure instanceof NotLeaderException || failure instanceof LogBusyException
                ? Failure.NOT_DONE
                : Failure.UNKNOWN;
    }

    private void afterBarrier(BiConsumer<Failure, String> failed, Runnable then) {
        Barriers asked = barriers;
        if (asked == null) {
            failed.accept(Failure.NOT_DONE, "member " + id + " is starting");
            return;
        }
        asked.ask(failure -> {
            synchronized (lock) {
                if (failure == null) {
                    then.run();
                } else {
                    failed.accept(Failure.NOT_DONE, String.valueOf(failure.getMessage()));
                }
            }
        });
    }

    // ---- answered from any thread

    boolean isLeading() {
        synchronized (lock) {
            return leading;
        }
    }

    /** How this member is, for people and programs. */
    Map<String, String> facts() {
        ReplicatedLog agreed;
        synchronized (lock) {
            agreed = log;
        }
        LogStatus status =
                agreed == null ? null : agreed.status(); // not under the lock: it may wait for the apply thread
        synchronized (lock) {
            Map<String, String> facts = new LinkedHashMap<>();
            NodeTree tree = machine.tree();
            facts.put("member", String.valueOf(id));
            facts.put("members", addresses.keySet().stream().sorted().toList().toString());
            facts.put("store", tree.storeId);
            if (status != null) {
                facts.put("state", status.state());
                facts.put("firstIndex", String.valueOf(status.firstIndex()));
                facts.put("lastIndex", String.valueOf(status.lastIndex()));
                facts.put("committedIndex", String.valueOf(status.committedIndex()));
                facts.put("appliedIndex", String.valueOf(status.appliedIndex()));
                facts.put("snapshotIndex", String.valueOf(status.snapshotIndex()));
                facts.put("logBytes", String.valueOf(status.logBytes()));
            }
            facts.put("term", String.valueOf(known.term()));
            facts.put(
                    "leader",
                    known.leader().isEmpty()
                            ? ""
                            : String.valueOf(known.leader().getAsInt()));
            facts.put("leaderAddress", leaderAddress());
            facts.put("serving", String.valueOf(leading));
            facts.put("revision", String.valueOf(tree.revision()));
            facts.put("nodes", String.valueOf(tree.nodes.size()));
            facts.put("sessions", String.valueOf(tree.sessions.size()));
            facts.put("attachedSessions", String.valueOf(attachments.size()));
            facts.put("watches", String.valueOf(hub.size()));
            facts.put("connections", String.valueOf(ports.size()));
            return facts;
        }
    }

    /** Sends clients away, before the log is closed. */
    void stop() {
        synchronized (lock) {
            stopServing();
            log = null;
        }
    }
}
