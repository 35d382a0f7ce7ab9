package io.conclave.tck;

import io.conclave.spi.Backend;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assertions;

/** One session of a check with the short words for what checks do. */
final class Client {
    private final Lab lab;
    private final Backend backend;
    private final Session session;
    private final StateLog states;

    Client(Lab lab, Backend backend, Session session, StateLog states) {
        this.lab = lab;
        this.backend = backend;
        this.session = session;
        this.states = states;
    }

    Backend backend() {
        return backend;
    }

    Session session() {
        return session;
    }

    StateLog states() {
        return states;
    }

    /** Starts a commit with a generous deadline. */
    Commit.Builder commit() {
        return Commit.builder(session.newOpId(), lab.deadline());
    }

    Commit.Builder commitWithin(Duration time) {
        return Commit.builder(session.newOpId(), lab.time().deadlineAfter(time));
    }

    CommitResult send(Commit.Builder commit) {
        return send(commit.build());
    }

    CommitResult send(Commit commit) {
        return lab.await(session.commit(commit), "commit");
    }

    CommitResult.Applied applied(Commit.Builder commit) {
        return applied(commit.build());
    }

    CommitResult.Applied applied(Commit commit) {
        return Assertions.assertInstanceOf(CommitResult.Applied.class, send(commit), "the commit must be applied");
    }

    CommitResult.Refused refused(Commit.Builder commit, int index) {
        CommitResult result = send(commit);
        CommitResult.Refused refused =
                Assertions.assertInstanceOf(CommitResult.Refused.class, result, "the commit must be refused");
        Assertions.assertEquals(index, refused.index(), "index of the first condition that failed");
        return refused;
    }

    /** Sends a commit whose reply was made to get lost; empty if the outcome stayed unknown, as it mostly does. */
    Optional<CommitResult> sendInDoubt(Commit commit) {
        try {
            return Optional.of(lab.await(session.commit(commit), "commit whose reply is lost"));
        } catch (IndeterminateException unknown) {
            return Optional.empty();
        }
    }

    /** Sends a commit whose outcome is not known again, as often as it takes: the way to the store may be new, and fail once more. */
    CommitResult sendAgain(Commit commit) {
        Commit again = commit.withDeadline(lab.deadline());
        while (true) {
            try {
                return send(again);
            } catch (IndeterminateException | UnavailableException passing) {
                if (lab.time().isPast(again.deadlineNanos())) {
                    throw passing;
                }
                lab.pass(lab.ttl().dividedBy(100));
            }
        }
    }

    CommitResult.Applied write(Write... writes) {
        Commit.Builder commit = commit();
        for (Write write : writes) {
            commit.write(write);
        }
        return applied(commit);
    }

    Node create(String path, String data, CreateMode mode) {
        CommitResult.Applied applied = write(Write.create(Lab.at(path), Lab.text(data), mode));
        Assertions.assertEquals(1, applied.created().size(), "nodes listed as created");
        return applied.created().get(0);
    }

    Node create(String path, String data) {
        return create(path, data, CreateMode.PERSISTENT);
    }

    Node ephemeral(String path) {
        return create(path, "", CreateMode.EPHEMERAL);
    }

    Node contend(String directory) {
        return contend(directory, "lock-");
    }

    Node contend(String directory, String tag) {
        return sequential(directory, tag, CreateMode.EPHEMERAL_SEQUENTIAL);
    }

    Node sequential(String directory, String tag, CreateMode mode) {
        CommitResult.Applied applied = write(Write.createSequential(Lab.at(directory), tag, Payload.empty(), mode));
        Assertions.assertEquals(1, applied.created().size(), "nodes listed as created");
        return applied.created().get(0);
    }

    CommitResult.Applied put(String path, String data) {
        return write(Write.put(Lab.at(path), Lab.text(data)));
    }

    CommitResult.Applied delete(NodePath path) {
        return write(Write.delete(path));
    }

    CommitResult.Applied delete(String path) {
        return delete(Lab.at(path));
    }

    List<View> read(ReadLevel level, Query... queries) {
        return lab.await(session.read(List.of(queries), level, lab.deadline()), "read");
    }

    Optional<Node> get(NodePath path, ReadLevel level) {
        return node(read(level, Query.get(path)).get(0));
    }

    Optional<Node> get(NodePath path) {
        return get(path, ReadLevel.LINEARIZABLE);
    }

    Optional<Node> get(String path) {
        return get(Lab.at(path));
    }

    /** The data of a node that must be there. */
    String data(String path) {
        return get(path)
                .orElseThrow(() -> new AssertionError("node " + path + " is absent"))
                .data()
                .asUtf8();
    }

    void assertPresent(String path) {
        Assertions.assertTrue(get(path).isPresent(), "node " + path + " must be there");
    }

    void assertAbsent(String path) {
        Assertions.assertEquals(Optional.empty(), get(path), "node " + path + " must be absent");
    }

    List<Node> list(Query query) {
        return nodes(read(ReadLevel.LINEARIZABLE, query).get(0)).nodes();
    }

    List<NodePath> paths(Query query) {
        return list(query).stream().map(Node::path).toList();
    }

    List<NodePath> contenders(String directory, String... tags) {
        return paths(Query.contenders(Lab.at(directory), List.of(tags)));
    }

    static Optional<Node> node(View view) {
        return Assertions.assertInstanceOf(View.OfNode.class, view, "the answer to a get")
                .node();
    }

    static View.OfNodes nodes(View view) {
        return Assertions.assertInstanceOf(View.OfNodes.class, view, "the answer to a listing");
    }

    /** Starts a watch and waits until it is active. */
    WatchLog watch(WatchSpec spec) {
        return watch(spec, call -> {});
    }

    WatchLog watch(WatchSpec spec, Consumer<WatchLog.Call> onCall) {
        WatchLog log = startWatch(spec, onCall);
        lab.await(log.watch().active(), "activation of a watch");
        return log;
    }

    WatchLog startWatch(WatchSpec spec, Consumer<WatchLog.Call> onCall) {
        WatchLog log = new WatchLog(onCall);
        log.started(session.watch(spec, log));
        return log;
    }

    /** Fails unless the change is told, or stood for by a resync, since the given call. */
    void assertTold(WatchLog log, int since, WatchSpec.Kind kind, String path) {
        lab.until(() -> log.heardSince(since, kind, Lab.at(path)), kind + " of " + path + " being told");
    }
}
