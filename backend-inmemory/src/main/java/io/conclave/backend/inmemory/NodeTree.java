package io.conclave.backend.inmemory;

import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.WatchSpec.Kind;
import io.conclave.spi.Withdrawal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The whole state of a store as one deterministic machine: commands in, replies and changes out. It knows no time, no randomness and no
 * threads; that a session has run out is a command.
 *
 * <p><b>Invariants.</b> {@code nodes} holds explicit nodes only, by path in the order of {@link NodePath#compareTo}: all that lies below
 * {@code /app} is the range from {@code /app/} to {@code /app0}, because '0' follows '/'. A directory exists if that range is not
 * empty; nothing is stored for it. {@code contenders} holds, by directory, exactly the nodes whose names carry a number, and
 * {@code TreeSession.ephemerals} exactly the nodes that the session owns. Every command that writes takes the next revision, and all of
 * its changes carry it. A commit is tried in place and taken back step by step if one of its writes is refused.
 */
final class NodeTree {
    final TreeMap<String, TreeNode> nodes = new TreeMap<>();
    final Map<String, TreeSet<TreeNode>> contenders = new HashMap<>();
    final TreeMap<String, TreeSession> sessions = new TreeMap<>();
    long revision;
    long lastSession;
    /** Of a replicated store, once it has begun; else empty. */
    String storeId = "";

    private final Map<String, TreeSession> byKey = new HashMap<>();

    /** An empty tree whose first commit has the revision after {@code baseRevision}. */
    NodeTree(long baseRevision) {
        this.revision = baseRevision;
        this.lastSession = baseRevision;
    }

    /** The whole state as bytes, for {@link #restore}. */
    byte[] snapshot() {
        return TreeSnapshot.write(TreeCapture.of(this));
    }

    /** The tree that a {@link #snapshot} was made of. Throws {@link IllegalArgumentException} for anything else. */
    static NodeTree restore(byte[] snapshot) {
        return TreeSnapshot.read(snapshot);
    }

    /** The revision of the latest write. */
    long revision() {
        return revision;
    }

    /** Applies one command; what it changed is added to {@code changes} in order. */
    Reply apply(Command command, List<Change> changes) {
        if (command instanceof Command.Commit commit) {
            return commit(commit, changes);
        }
        if (command instanceof Command.OpenSession open) {
            return open(open);
        }
        if (command instanceof Command.EndSession end) {
            return end(end, changes);
        }
        if (command instanceof Command.Begin begin) {
            return begin(begin);
        }
        return withdraw((Command.Withdraw) command, changes);
    }

    private Reply begin(Command.Begin begin) {
        if (storeId.isEmpty()) {
            storeId = begin.storeId();
            revision = Math.max(revision, begin.baseRevision());
            lastSession = Math.max(lastSession, begin.baseRevision());
        }
        return new Reply.Begun(storeId);
    }

    private Reply open(Command.OpenSession open) {
        TreeSession session = byKey.get(open.key());
        if (session == null) {
            lastSession++;
            session = new TreeSession(
                    String.format("%016x", lastSession),
                    open.key(),
                    mix(lastSession),
                    open.incarnation(),
                    open.ttlMillis());
            enter(session);
        }
        return new Reply.Opened(session.id, session.nonce, session.ttlMillis);
    }

    /** The living session that was opened with this key. */
    @Nullable
    TreeSession sessionOf(String key) {
        return byKey.get(key);
    }

    void enter(TreeSession session) {
        sessions.put(session.id, session);
        if (!session.key.isEmpty()) {
            byKey.put(session.key, session);
        }
    }

    /** Spreads session numbers over all 64 bits, one to one, so that nonces of different sessions differ. */
    private static long mix(long number) {
        long z = number * 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    private Reply end(Command.EndSession end, List<Change> changes) {
        TreeSession session = sessions.remove(end.sessionId());
        if (session == null) {
            return new Reply.NoSession();
        }
        byKey.remove(session.key);
        if (!session.ephemerals.isEmpty()) {
            revision++;
            for (NodePath path : List.copyOf(session.ephemerals)) {
                remove(node(path), session, revision, changes);
            }
        }
        return new Reply.Ended();
    }

    private Reply commit(Command.Commit commit, List<Change> changes) {
        TreeSession session = sessions.get(commit.sessionId());
        if (session == null) {
            return new Reply.NoSession();
        }
        OpRecord known = session.results.get(commit.opId());
        if (known == null) {
            known = new CommitAttempt(this, session, commit).run(changes);
            session.remember(commit.opId(), known, commit.unsettled());
        }
        return tell(known, session);
    }

    private Reply tell(OpRecord result, TreeSession session) {
        if (result instanceof OpRecord.Refused refused) {
            return new Reply.Refused(refused.index());
        }
        if (result instanceof OpRecord.Never never) {
            return new Reply.Invalid(never.message());
        }
        OpRecord.Applied applied = (OpRecord.Applied) result;
        List<Node> created = new ArrayList<>();
        for (OpRecord.Made made : applied.made()) {
            created.add(describe(made, applied.revision(), session));
        }
        return new Reply.Committed(applied.revision(), created, applied.made());
    }

    /** Rule C8: a sequential node that is gone stands with its stem and without a number. */
    private Node describe(OpRecord.Made made, long createdRevision, TreeSession session) {
        NodePath path = made.path();
        OptionalLong sequence = made.sequential() ? OptionalLong.of(made.number()) : OptionalLong.empty();
        if (made.sequential() && !isThere(path, createdRevision)) {
            path = path.parent()
                    .child(SequentialName.split(path.name(), made.number()).stem());
            sequence = OptionalLong.empty();
        }
        String owner = made.ephemeral() ? session.id : "";
        OptionalLong revisionOfCommit = OptionalLong.of(createdRevision);
        return new Node(path, sequence, revisionOfCommit, revisionOfCommit, 0, owner, Payload.empty());
    }

    private boolean isThere(NodePath path, long createdRevision) {
        TreeNode node = nodes.get(path.toString());
        return node != null && node.createdRevision == createdRevision;
    }

    private Reply withdraw(Command.Withdraw withdraw, List<Change> changes) {
        TreeSession session = sessions.get(withdraw.sessionId());
        if (session == null) {
            return new Reply.NoSession();
        }
        OpRecord known = session.results.get(withdraw.opId());
        if (known instanceof OpRecord.Applied applied) {
            return new Reply.Withdrawn(applied.undoable() ? undo(session, applied, changes) : Withdrawal.APPLIED);
        }
        if (known == null) {
            session.remember(withdraw.opId(), new OpRecord.Never("the operation was withdrawn"), withdraw.unsettled());
        }
        return new Reply.Withdrawn(Withdrawal.NEVER_APPLIED);
    }

    private Withdrawal undo(TreeSession session, OpRecord.Applied applied, List<Change> changes) {
        NodePath path = applied.made().get(0).path();
        if (isThere(path, applied.revision())) {
            revision++;
            remove(node(path), session, revision, changes);
        }
        return Withdrawal.UNDONE;
    }

    // ---- structure

    @Nullable
    TreeNode find(NodePath path) {
        return nodes.get(path.toString());
    }

    private TreeNode node(NodePath path) {
        TreeNode node = find(path);
        if (node == null) {
            throw new IllegalStateException("the index names " + path + ", which is not in the tree");
        }
        return node;
    }

    /** What the paths of all nodes below a directory start with. */
    static String prefixOf(NodePath directory) {
        return directory.isRoot() ? "/" : directory + "/";
    }

    boolean hasBelow(NodePath directory) {
        String prefix = prefixOf(directory);
        String first = nodes.ceilingKey(prefix);
        return first != null && first.startsWith(prefix);
    }

    NavigableSet<TreeNode> contendersOf(NodePath directory) {
        TreeSet<TreeNode> ordered = contenders.get(directory.toString());
        return ordered == null ? new TreeSet<>(TreeNode.CONTENDER_ORDER) : ordered;
    }

    void insert(TreeNode node, @Nullable TreeSession owner, long atRevision, List<Change> changes) {
        List<NodePath> grown = changedDirectories(node.path);
        index(node, owner);
        tell(Kind.CREATED, node.path, grown, atRevision, changes);
    }

    /** Enters a node everywhere; the session is the one that owns it, null for a persistent node. */
    void index(TreeNode node, @Nullable TreeSession owner) {
        nodes.put(node.path.toString(), node);
        if (node.hasNumber()) {
            contenders
                    .computeIfAbsent(
                            node.path.parent().toString(), directory -> new TreeSet<>(TreeNode.CONTENDER_ORDER))
                    .add(node);
        }
        if (owner != null) {
            owner.ephemerals.add(node.path);
        }
    }

    void remove(TreeNode node, @Nullable TreeSession owner, long atRevision, List<Change> changes) {
        unindex(node, owner);
        tell(Kind.DELETED, node.path, changedDirectories(node.path), atRevision, changes);
    }

    void unindex(TreeNode node, @Nullable TreeSession owner) {
        nodes.remove(node.path.toString());
        if (node.hasNumber()) {
            contenders.computeIfPresent(node.path.parent().toString(), (directory, ordered) -> {
                ordered.remove(node);
                return ordered.isEmpty() ? null : ordered;
            });
        }
        if (owner != null) {
            owner.ephemerals.remove(node.path);
        }
    }

    /** The directory of a node that is not in the tree, and those above it whose set of names changes with it. */
    private List<NodePath> changedDirectories(NodePath path) {
        List<NodePath> changed = new ArrayList<>();
        NodePath directory = path.parent();
        changed.add(directory);
        while (!directory.isRoot() && find(directory) == null && !hasBelow(directory)) {
            directory = directory.parent();
            changed.add(directory);
        }
        return changed;
    }

    private static void tell(
            Kind kind, NodePath path, List<NodePath> directories, long atRevision, List<Change> changes) {
        changes.add(new Change(kind, path, atRevision));
        for (NodePath directory : directories) {
            changes.add(new Change(Kind.CHILDREN, directory, atRevision));
        }
    }
}
