package io.conclave.backend.inmemory;

import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.WatchSpec.Kind;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
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

    /** An empty tree whose first commit has the revision after {@code baseRevision}. */
    NodeTree(long baseRevision) {
        this.revision = baseRevision;
        this.lastSession = baseRevision;
    }

    /** The whole state as bytes, for {@link #restore}. */
    byte[] snapshot() {
        return TreeSnapshot.write(this);
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
        return withdraw((Command.Withdraw) command, changes);
    }

    private Reply open(Command.OpenSession open) {
        lastSession++;
        TreeSession session = new TreeSession(
                String.format("%016x", lastSession), mix(lastSession), open.incarnation(), open.ttlMillis());
        sessions.put(session.id, session);
        return new Reply.Opened(session.id, session.nonce);
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
            known = new Attempt(session, commit).run(changes);
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
        return new Node(path, sequence, OptionalLong.of(createdRevision), 0, owner, Payload.empty());
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

    private void remove(TreeNode node, @Nullable TreeSession owner, long atRevision, List<Change> changes) {
        unindex(node, owner);
        tell(Kind.DELETED, node.path, changedDirectories(node.path), atRevision, changes);
    }

    private void unindex(TreeNode node, @Nullable TreeSession owner) {
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

    /** One commit while it is tried. */
    private final class Attempt {
        private final TreeSession session;
        private final Command.Commit commit;
        private final long next = revision + 1;
        private final List<Change> changes = new ArrayList<>();
        private final List<OpRecord.Made> made = new ArrayList<>();
        private final Deque<Runnable> undo = new ArrayDeque<>();

        Attempt(TreeSession session, Command.Commit commit) {
            this.session = session;
            this.commit = commit;
        }

        OpRecord run(List<Change> out) {
            int index = 0;
            for (Guard guard : commit.guards()) {
                if (!holds(guard)) {
                    return new OpRecord.Refused(index);
                }
                index++;
            }
            for (Write write : commit.writes()) {
                String problem = perform(write);
                if (problem != null) {
                    undo.forEach(Runnable::run);
                    return problem.isEmpty() ? new OpRecord.Refused(index) : new OpRecord.Never(problem);
                }
                index++;
            }
            revision = next;
            out.addAll(changes);
            return new OpRecord.Applied(next, List.copyOf(made), isUndoable());
        }

        private boolean isUndoable() {
            return commit.writes().size() == 1
                    && commit.writes().get(0) instanceof Write.CreateSequential create
                    && create.mode() == CreateMode.EPHEMERAL_SEQUENTIAL;
        }

        private boolean holds(Guard guard) {
            TreeNode node = find(guard.path());
            if (guard instanceof Guard.Present present) {
                return node != null
                        && (present.createdRevision().isEmpty()
                                || present.createdRevision().getAsLong() == node.createdRevision);
            }
            if (guard instanceof Guard.VersionIs versionIs) {
                return node != null && node.version == versionIs.version();
            }
            return node == null;
        }

        /** Null if done; empty if the state refuses it; else the rule that it breaks. */
        private @Nullable String perform(Write write) {
            if (write instanceof Write.CreateSequential create) {
                return createSequential(create);
            }
            if (write instanceof Write.CreateNamed create) {
                return create(TreeNode.named(create.path(), create.mode(), owner(create.mode()), next, create.data()));
            }
            if (write instanceof Write.Put put) {
                return put(put);
            }
            TreeNode node = find(((Write.Delete) write).path());
            return node == null ? "" : delete(node);
        }

        private String owner(CreateMode mode) {
            return mode.isEphemeral() ? session.id : "";
        }

        private @Nullable String createSequential(Write.CreateSequential create) {
            long number = next;
            if (create.sameOrderAs() != null) {
                TreeNode model = find(create.sameOrderAs());
                if (model == null) {
                    return "";
                }
                if (!model.hasNumber()) {
                    return create.sameOrderAs() + " has no place in the order of its directory";
                }
                number = model.number;
            }
            SequentialName name = SequentialName.compose(commit.opId(), create.tag(), number);
            NodePath path;
            try {
                path = create.directory().child(name.text());
            } catch (IllegalArgumentException tooLong) {
                return String.valueOf(tooLong.getMessage());
            }
            return create(TreeNode.sequential(path, create.mode(), owner(create.mode()), next, name, create.data()));
        }

        private @Nullable String create(TreeNode node) {
            if (find(node.path) != null) {
                return "";
            }
            for (NodePath above : node.path.ancestors()) {
                TreeNode parent = find(above);
                if (parent != null && parent.mode.isEphemeral()) {
                    return above + " is ephemeral and has no children";
                }
            }
            if (node.mode.isEphemeral() && hasBelow(node.path)) {
                return node.path + " has children and cannot be ephemeral";
            }
            TreeSession owner = node.mode.isEphemeral() ? session : null;
            insert(node, owner, next, changes);
            undo.push(() -> unindex(node, owner));
            boolean sequential = node.mode.isSequential();
            made.add(new OpRecord.Made(node.path, sequential, sequential ? node.number : 0, owner != null));
            return null;
        }

        private @Nullable String put(Write.Put put) {
            TreeNode node = find(put.path());
            if (node == null) {
                return "";
            }
            if (node.mode.isEphemeral() && !node.owner.equals(session.id)) {
                return put.path() + " belongs to the session " + node.owner;
            }
            Payload before = node.data;
            node.data = put.data();
            node.version++;
            undo.push(() -> {
                node.data = before;
                node.version--;
            });
            changes.add(new Change(Kind.CHANGED, node.path, next));
            return null;
        }

        private @Nullable String delete(TreeNode node) {
            TreeSession owner = sessions.get(node.owner);
            remove(node, owner, next, changes);
            undo.push(() -> index(node, owner));
            return null;
        }
    }
}
