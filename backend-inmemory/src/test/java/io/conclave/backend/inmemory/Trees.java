package io.conclave.backend.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec.Kind;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A tree with short commands for tests. */
final class Trees {
    static final long BASE = 1_000;

    final NodeTree tree;
    final List<Change> changes = new ArrayList<>();
    private long counter;

    Trees() {
        this(new NodeTree(BASE));
    }

    Trees(NodeTree tree) {
        this.tree = tree;
    }

    static NodePath at(String path) {
        return NodePath.of(path);
    }

    static Write persistent(String path) {
        return Write.create(at(path), Payload.utf8("v"), CreateMode.PERSISTENT);
    }

    static Write ephemeral(String path) {
        return Write.create(at(path), Payload.utf8("v"), CreateMode.EPHEMERAL);
    }

    static Write contender(String directory, String tag) {
        return Write.createSequential(at(directory), tag, Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL);
    }

    static Write delete(String path) {
        return Write.delete(at(path));
    }

    static Write put(String path, String data) {
        return Write.put(at(path), Payload.utf8(data));
    }

    OpId nextId() {
        return new OpId(7, ++counter);
    }

    String session() {
        return ((Reply.Opened) tree.apply(new Command.OpenSession("", 1, 10_000), changes)).sessionId();
    }

    Reply end(String session) {
        return tree.apply(new Command.EndSession(session), changes);
    }

    Reply commit(String session, Write... writes) {
        return commit(session, nextId(), List.of(), writes);
    }

    Reply commit(String session, OpId opId, List<Guard> guards, Write... writes) {
        return tree.apply(new Command.Commit(session, opId, guards, List.of(writes), Set.of()), changes);
    }

    Reply.Committed applied(String session, Write... writes) {
        Reply reply = commit(session, writes);
        assertThat(reply).isInstanceOf(Reply.Committed.class);
        return (Reply.Committed) reply;
    }

    NodePath contend(String session, String directory) {
        return applied(session, contender(directory, "lock-")).created().get(0).path();
    }

    Withdrawal withdraw(String session, OpId opId) {
        Reply reply = tree.apply(new Command.Withdraw(session, opId, Set.of()), changes);
        return ((Reply.Withdrawn) reply).withdrawal();
    }

    boolean exists(String path) {
        return ((View.OfNode) read(Query.get(at(path)))).node().isPresent();
    }

    List<NodePath> list(Query query) {
        return ((View.OfNodes) read(query)).nodes().stream().map(Node::path).toList();
    }

    List<String> names(Query query) {
        return list(query).stream().map(NodePath::name).toList();
    }

    View read(Query query) {
        return new TreeReader(tree)
                .read(List.of(query), tree.revision(), List.of())
                .get(0);
    }

    /** What changed since the last call, as text such as {@code CREATED /a}. */
    List<String> changed() {
        List<String> told = changes.stream()
                .map(change -> change.kind() + " " + change.path())
                .toList();
        changes.clear();
        return told;
    }

    /** The same without the directories. */
    List<String> changedNodes() {
        return changed().stream()
                .filter(text -> !text.startsWith(Kind.CHILDREN.name()))
                .toList();
    }
}
