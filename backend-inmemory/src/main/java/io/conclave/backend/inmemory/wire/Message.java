package io.conclave.backend.inmemory.wire;

import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Withdrawal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is said on a connection. Everywhere {@code request} is the client's number of a request, repeated in the answer, {@code session} the client's number of a session on this connection, above 0, and {@code revision}
 * one up to which the session has been told all events when it reads the message.
 */
public sealed interface Message {
    /** What kind it is. */
    MessageType type();

    /** Writes the fields in their order. */
    void write(WireWriter out);

    /** What to send if the message is larger than a frame may be. */
    default @Nullable Message shorter() {
        return null;
    }

    /** What became of a request that was not carried out. */
    enum Failure {
        /** It was not and never will be; another try may be. */
        NOT_DONE,
        /** Nobody knows. */
        UNKNOWN,
        /** It breaks a rule: never. */
        INVALID,
        /** It, or its answer, is too large. Nothing was changed. */
        TOO_LARGE,
        /** The session is not the connection's: attach it first. It was not carried out. */
        NOT_ATTACHED
    }

    /** Why a connection is not wanted. */
    enum Rejection {
        /** The protocol's version is not spoken here. */
        VERSION,
        /** This is another store than the client has known. */
        OTHER_STORE,
        /** There are too many connections. */
        FULL
    }

    // ---- from the client

    /**
     * The first message.
     *
     * @param version of the protocol
     * @param storeId the store that the client has known before; empty if none
     */
    record Hello(int version, String storeId) implements Message {
        private static final int MAGIC = 0x434e5643;

        @Override
        public MessageType type() {
            return MessageType.HELLO;
        }

        @Override
        public void write(WireWriter out) {
            out.number(MAGIC).number(version).text(storeId);
        }

        static Hello read(WireReader in) {
            if (in.number() != MAGIC) {
                throw new MalformedException("this is no client of a replicated store");
            }
            return new Hello(in.number(), in.text());
        }
    }

    /**
     * Opens a session and attaches it. Answer: {@link Opened}.
     *
     * @param key chosen at random; repeating the request with it opens no second session
     * @param incarnation the client's count
     * @param ttlMillis the time-out that is asked for
     * @param namespace where it works
     */
    record Open(long request, int session, String key, long incarnation, long ttlMillis, NodePath namespace)
            implements Message {
        @Override
        public MessageType type() {
            return MessageType.OPEN;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(session).text(key).wide(incarnation).wide(ttlMillis);
            Values.write(out, namespace);
        }

        static Open read(WireReader in) {
            return new Open(in.wide(), in.number(), in.text(), in.wide(), in.wide(), Values.readPath(in));
        }
    }

    /**
     * Attaches a session to this connection, taking it from any other, and renews it. Answer: {@link Done} or {@link Ended}.
     *
     * @param sessionId which
     * @param namespace where it works
     */
    record Attach(long request, int session, String sessionId, NodePath namespace) implements Message {
        @Override
        public MessageType type() {
            return MessageType.ATTACH;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(session).text(sessionId);
            Values.write(out, namespace);
        }

        static Attach read(WireReader in) {
            return new Attach(in.wide(), in.number(), in.text(), Values.readPath(in));
        }
    }

    /** Renews a session. Answer: {@link Done}. */
    record Beat(long request, int session) implements Message {
        @Override
        public MessageType type() {
            return MessageType.BEAT;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(session);
        }

        static Beat read(WireReader in) {
            return new Beat(in.wide(), in.number());
        }
    }

    /**
     * Answer: {@link Result}.
     *
     * @param commit its deadline is the client's and not sent
     * @param unsettled operations whose results must not be forgotten
     */
    record DoCommit(long request, int session, Commit commit, Set<OpId> unsettled) implements Message {
        @Override
        public MessageType type() {
            return MessageType.COMMIT;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(session);
            Values.write(out, commit.opId());
            out.list(commit.guards(), Values::write)
                    .list(commit.writes(), Values::write)
                    .list(commit.then(), Values::write);
            Values.write(out, unsettled);
        }

        static DoCommit read(WireReader in) {
            long request = in.wide();
            int session = in.number();
            Commit commit = new Commit(
                    Values.readOpId(in),
                    in.list(5, Values::readGuard),
                    in.list(5, Values::readWrite),
                    in.list(5, Values::readQuery),
                    Long.MAX_VALUE);
            return new DoCommit(request, session, commit, Values.readOpIds(in));
        }
    }

    /**
     * Answer: {@link Withdrawn}.
     *
     * @param opId what to settle
     * @param unsettled as of a commit
     */
    record Withdraw(long request, int session, OpId opId, Set<OpId> unsettled) implements Message {
        @Override
        public MessageType type() {
            return MessageType.WITHDRAW;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(session);
            Values.write(out, opId);
            Values.write(out, unsettled);
        }

        static Withdraw read(WireReader in) {
            return new Withdraw(in.wide(), in.number(), Values.readOpId(in), Values.readOpIds(in));
        }
    }

    /**
     * Answer: {@link Views}.
     *
     * @param linearizable whether a quorum has to be asked
     * @param queries what
     */
    record Read(long request, int session, boolean linearizable, List<Query> queries) implements Message {
        @Override
        public MessageType type() {
            return MessageType.READ;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(session).flag(linearizable).list(queries, Values::write);
        }

        static Read read(WireReader in) {
            return new Read(in.wide(), in.number(), in.flag(), in.list(5, Values::readQuery));
        }
    }

    /**
     * Starts a watch. Answer: {@link Events} that start it.
     *
     * @param watch the client's number of it, above 0
     * @param spec what; its {@code afterRevision} is not what counts here
     * @param after changes after this revision are told; none if it is negative
     * @param first false for one that goes on after a cut
     */
    record Watch(int session, int watch, WatchSpec spec, long after, boolean first) implements Message {
        @Override
        public MessageType type() {
            return MessageType.WATCH;
        }

        @Override
        public void write(WireWriter out) {
            out.number(session).number(watch);
            Values.write(out, spec);
            out.wide(after).flag(first);
        }

        static Watch read(WireReader in) {
            return new Watch(in.number(), in.number(), Values.readSpec(in), in.wide(), in.flag());
        }
    }

    /** Ends a watch. No answer. */
    record Unwatch(int session, int watch) implements Message {
        @Override
        public MessageType type() {
            return MessageType.UNWATCH;
        }

        @Override
        public void write(WireWriter out) {
            out.number(session).number(watch);
        }

        static Unwatch read(WireReader in) {
            return new Unwatch(in.number(), in.number());
        }
    }

    /**
     * Ends a session, attached here or not. Answer: {@link Done} when its nodes are gone.
     *
     * @param sessionId which
     */
    record End(long request, int session, String sessionId) implements Message {
        @Override
        public MessageType type() {
            return MessageType.END;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(session).text(sessionId);
        }

        static End read(WireReader in) {
            return new End(in.wide(), in.number(), in.text());
        }
    }

    /** Answer: {@link Pong}, at once, by this member alone. */
    record Ping() implements Message {
        @Override
        public MessageType type() {
            return MessageType.PING;
        }

        @Override
        public void write(WireWriter out) {}

        static Ping read(WireReader in) {
            return new Ping();
        }
    }

    /** An operator asks how this member is. Answer: {@link Status}. */
    record AskStatus(long request) implements Message {
        @Override
        public MessageType type() {
            return MessageType.ASK_STATUS;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request);
        }

        static AskStatus read(WireReader in) {
            return new AskStatus(in.wide());
        }
    }

    /**
     * An operator hands leadership over. Answer: {@link Done} when this member no longer leads.
     *
     * @param member to whom
     */
    record Transfer(long request, int member) implements Message {
        @Override
        public MessageType type() {
            return MessageType.TRANSFER;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(member);
        }

        static Transfer read(WireReader in) {
            return new Transfer(in.wide(), in.number());
        }
    }

    // ---- from the member

    /**
     * The answer to {@link Hello}.
     *
     * @param version of the protocol
     * @param storeId which store this is; empty if that is not agreed yet
     * @param member who speaks
     * @param leading whether it leads: only then it serves sessions
     * @param leaderAddress where the leading member listens for clients, if known; else empty
     */
    record Welcome(int version, String storeId, int member, boolean leading, String leaderAddress) implements Message {
        @Override
        public MessageType type() {
            return MessageType.WELCOME;
        }

        @Override
        public void write(WireWriter out) {
            out.number(version).text(storeId).number(member).flag(leading).text(leaderAddress);
        }

        static Welcome read(WireReader in) {
            return new Welcome(in.number(), in.text(), in.number(), in.flag(), in.text());
        }
    }

    /**
     * The last message of a member that does not want the connection.
     *
     * @param why for programs
     * @param text for people
     */
    record Rejected(Rejection why, String text) implements Message {
        private static final List<Rejection> ALL = List.of(Rejection.VERSION, Rejection.OTHER_STORE, Rejection.FULL);

        @Override
        public MessageType type() {
            return MessageType.REJECTED;
        }

        @Override
        public void write(WireWriter out) {
            out.choice(ALL, why).text(text);
        }

        static Rejected read(WireReader in) {
            return new Rejected(in.choice(ALL), in.text());
        }
    }

    /**
     * A session is open and attached.
     *
     * @param sessionId the store's id of it
     * @param nonce of its operation ids
     * @param ttlMillis its time-out
     */
    record Opened(long request, int session, String sessionId, long nonce, long ttlMillis) implements Message {
        @Override
        public MessageType type() {
            return MessageType.OPENED;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(session).text(sessionId).wide(nonce).wide(ttlMillis);
        }

        static Opened read(WireReader in) {
            return new Opened(in.wide(), in.number(), in.text(), in.wide(), in.wide());
        }
    }

    /** It was done, and a quorum knows. */
    record Done(long request, int session, long revision) implements Message {
        @Override
        public MessageType type() {
            return MessageType.DONE;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(session).wide(revision);
        }

        static Done read(WireReader in) {
            return new Done(in.wide(), in.number(), in.wide());
        }
    }

    /**
     * What became of a commit.
     *
     * @param result that
     */
    record Result(long request, int session, long revision, CommitResult result) implements Message {
        @Override
        public MessageType type() {
            return MessageType.RESULT;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(session).wide(revision);
            Values.write(out, result);
        }

        static Result read(WireReader in) {
            return new Result(in.wide(), in.number(), in.wide(), Values.readResult(in));
        }

        /** Rule C9. */
        @Override
        public @Nullable Message shorter() {
            if (result.then().isEmpty()) {
                return null;
            }
            CommitResult bare = result instanceof CommitResult.Applied applied
                    ? new CommitResult.Applied(applied.revision(), applied.created(), List.of())
                    : new CommitResult.Refused(((CommitResult.Refused) result).index(), List.of());
            return new Result(request, session, revision, bare);
        }
    }

    /**
     * What became of a withdrawal.
     *
     * @param withdrawal that
     */
    record Withdrawn(long request, int session, long revision, Withdrawal withdrawal) implements Message {
        private static final List<Withdrawal> ALL =
                List.of(Withdrawal.NEVER_APPLIED, Withdrawal.UNDONE, Withdrawal.APPLIED);

        @Override
        public MessageType type() {
            return MessageType.WITHDRAWN;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(session).wide(revision).choice(ALL, withdrawal);
        }

        static Withdrawn read(WireReader in) {
            return new Withdrawn(in.wide(), in.number(), in.wide(), in.choice(ALL));
        }
    }

    /**
     * Answers to queries, all from one state.
     *
     * @param views in the order of the queries
     */
    record Views(long request, int session, long revision, List<View> views) implements Message {
        @Override
        public MessageType type() {
            return MessageType.VIEWS;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(session).wide(revision).list(views, Values::write);
        }

        static Views read(WireReader in) {
            return new Views(in.wide(), in.number(), in.wide(), in.list(2, Values::readView));
        }

        @Override
        public Message shorter() {
            return new Failed(
                    request,
                    session,
                    Failure.TOO_LARGE,
                    "the answer is larger than a frame of " + Wire.ANSWER_BYTES_MAX + " bytes: ask for less at a time");
        }
    }

    /**
     * A request was not carried out.
     *
     * @param failure what that means
     * @param text for people
     */
    record Failed(long request, int session, Failure failure, String text) implements Message {
        private static final List<Failure> ALL =
                List.of(Failure.NOT_DONE, Failure.UNKNOWN, Failure.INVALID, Failure.TOO_LARGE, Failure.NOT_ATTACHED);

        @Override
        public MessageType type() {
            return MessageType.FAILED;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(session).choice(ALL, failure).text(text);
        }

        static Failed read(WireReader in) {
            return new Failed(in.wide(), in.number(), in.choice(ALL), in.text());
        }
    }

    /**
     * The session is over: no request of it is carried out any more.
     *
     * @param request the one that found it out; 0 if none
     */
    record Ended(long request, int session) implements Message {
        @Override
        public MessageType type() {
            return MessageType.ENDED;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request).number(session);
        }

        static Ended read(WireReader in) {
            return new Ended(in.wide(), in.number());
        }
    }

    /**
     * What a session has to hear of one command, or at the start of a watch.
     *
     * @param started the watch that is started by this; 0 if none
     * @param events in their order
     */
    record Events(int session, long revision, int started, List<Event> events) implements Message {
        @Override
        public MessageType type() {
            return MessageType.EVENTS;
        }

        @Override
        public void write(WireWriter out) {
            out.number(session).wide(revision).number(started).list(events, Event::write);
        }

        static Events read(WireReader in) {
            return new Events(in.number(), in.wide(), in.number(), in.list(Event.LEAST_BYTES, Event::read));
        }
    }

    /**
     * One thing that a watch is told.
     *
     * @param watch which
     * @param kind what changed; null if something may have been missed
     * @param path where
     * @param revision of the change
     */
    record Event(int watch, WatchSpec.@Nullable Kind kind, NodePath path, long revision) {
        private static final int LEAST_BYTES = 17;
        private static final int RESYNC = 255;

        void write(WireWriter out) {
            out.number(watch).octet(kind == null ? RESYNC : Values.KINDS.indexOf(kind));
            Values.write(out, path);
            out.wide(revision);
        }

        static void write(WireWriter out, Event event) {
            event.write(out);
        }

        static Event read(WireReader in) {
            int watch = in.number();
            int kind = in.octet();
            if (kind != RESYNC && kind >= Values.KINDS.size()) {
                throw new MalformedException("event kind " + kind);
            }
            return new Event(watch, kind == RESYNC ? null : Values.KINDS.get(kind), Values.readPath(in), in.wide());
        }
    }

    /**
     * The last message of a member that no longer leads.
     *
     * @param leaderAddress where the leading member listens for clients, if known; else empty
     */
    record Moved(String leaderAddress) implements Message {
        @Override
        public MessageType type() {
            return MessageType.MOVED;
        }

        @Override
        public void write(WireWriter out) {
            out.text(leaderAddress);
        }

        static Moved read(WireReader in) {
            return new Moved(in.text());
        }
    }

    /** The answer to {@link Ping}. */
    record Pong() implements Message {
        @Override
        public MessageType type() {
            return MessageType.PONG;
        }

        @Override
        public void write(WireWriter out) {}

        static Pong read(WireReader in) {
            return new Pong();
        }
    }

    /**
     * How this member is.
     *
     * @param facts by name, for people and programs
     */
    record Status(long request, Map<String, String> facts) implements Message {
        private static final int LEAST_BYTES = 8;

        @Override
        public MessageType type() {
            return MessageType.STATUS;
        }

        @Override
        public void write(WireWriter out) {
            out.wide(request)
                    .list(facts.entrySet(), (to, fact) -> to.text(fact.getKey()).text(fact.getValue()));
        }

        static Status read(WireReader in) {
            long request = in.wide();
            Map<String, String> facts = new java.util.LinkedHashMap<>();
            in.list(LEAST_BYTES, from -> facts.put(from.text(), from.text()));
            return new Status(request, facts);
        }
    }
}
