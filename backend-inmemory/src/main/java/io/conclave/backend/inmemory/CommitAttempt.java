package io.conclave.backend.inmemory;

import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.WatchSpec.Kind;
import io.conclave.spi.Write;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One commit while it is tried: guards first, then the writes in place, each seeing those before it. If one is refused, those before it
 * are taken back and the tree is as it was (rules C1 and C2).
 */
final class CommitAttempt {
    private final NodeTree tree;
    private final TreeSession session;
    private final Command.Commit commit;
    private final long next;
    private final List<Change> changes = new ArrayList<>();
    private final List<OpRecord.Made> made = new ArrayList<>();
    private final Deque<Runnable> undo = new ArrayDeque<>();

    CommitAttempt(NodeTree tree, TreeSession session, Command.Commit commit) {
        this.tree = tree;
        this.next = tree.revision() + 1;
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
        tree.revision = next;
        out.addAll(changes);
        return new OpRecord.Applied(next, List.copyOf(made), isUndoable());
    }

    private boolean isUndoable() {
        return commit.writes().size() == 1
                && commit.writes().get(0) instanceof Write.CreateSequential create
                && create.mode() == CreateMode.EPHEMERAL_SEQUENTIAL;
    }

    private boolean holds(Guard guard) {
        TreeNode node = tree.find(guard.path());
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
        TreeNode node = tree.find(((Write.Delete) write).path());
        return node == null ? "" : delete(node);
    }

    private String owner(CreateMode mode) {
        return mode.isEphemeral() ? session.id : "";
    }

    private @Nullable String createSequential(Write.CreateSequential create) {
        long number = next;
        if (create.sameOrderAs() != null) {
            TreeNode model = tree.find(create.sameOrderAs());
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
        if (tree.find(node.path) != null) {
            return "";
        }
        for (NodePath above : node.path.ancestors()) {
            TreeNode parent = tree.find(above);
            if (parent != null && parent.mode.isEphemeral()) {
                return above + " is ephemeral and has no children";
            }
        }
        if (node.mode.isEphemeral() && tree.hasBelow(node.path)) {
            return node.path + " has children and cannot be ephemeral";
        }
        TreeSession owner = node.mode.isEphemeral() ? session : null;
        tree.insert(node, owner, next, changes);
        undo.push(() -> tree.unindex(node, owner));
        boolean sequential = node.mode.isSequential();
        made.add(new OpRecord.Made(node.path, sequential, sequential ? node.number : 0, owner != null));
        return null;
    }

    private @Nullable String put(Write.Put put) {
        TreeNode node = tree.find(put.path());
        if (node == null) {
            return "";
        }
        if (node.mode.isEphemeral() && !node.owner.equals(session.id)) {
            return put.path() + " belongs to the session " + node.owner;
        }
        Payload before = node.data;
        long modifiedBefore = node.modifiedRevision;
        node.data = put.data();
        node.version++;
        node.modifiedRevision = next;
        undo.push(() -> {
            node.data = before;
            node.modifiedRevision = modifiedBefore;
            node.version--;
        });
        changes.add(new Change(Kind.CHANGED, node.path, next));
        return null;
    }

    private @Nullable String delete(TreeNode node) {
        TreeSession owner = tree.sessions.get(node.owner);
        tree.remove(node, owner, next, changes);
        undo.push(() -> tree.index(node, owner));
        return null;
    }
}
