package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.log.Leadership;
import io.conclave.backend.inmemory.log.ReplicatedLog;
import io.conclave.backend.inmemory.wire.MalformedException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * The tree as the machine of a log. The log's apply thread changes it, under {@link #lock}; whoever holds the lock sees a state between two entries.
 *
 * <p>An entry that this build cannot read must not be skipped, since the other members may be able to: the machine is broken from then on, applies nothing more, and its owner is told.
 */
final class StoreMachine implements ReplicatedLog.Machine {

    /** Hears, under the lock, what happens to the tree. */
    interface Owner {
        /** A command was applied and has made these changes. */
        void applied(Command command, Reply reply, List<Change> changes);

        /** The tree was replaced by a snapshot's. */
        void restored();

        void leadership(Leadership now);

        /** Nothing can be applied any more. */
        void broken(String why);
    }

    final Object lock = new Object();
    private final Owner owner;
    private NodeTree tree = new NodeTree(0);
    private boolean broken;

    StoreMachine(Owner owner) {
        this.owner = owner;
    }

    /** Under the lock. */
    NodeTree tree() {
        return tree;
    }

    @Override
    public Object apply(long index, byte[] entry) {
        Command command;
        try {
            command = CommandCodec.read(entry);
        } catch (MalformedException unreadable) {
            synchronized (lock) {
                fail("entry " + index + " of the log cannot be read: " + unreadable.getMessage());
            }
            throw unreadable;
        }
        synchronized (lock) {
            if (broken) {
                throw new IllegalStateException("an earlier entry could not be applied");
            }
            List<Change> changes = new ArrayList<>();
            Reply reply = tree.apply(command, changes);
            owner.applied(command, reply, changes);
            return reply;
        }
    }

    private void fail(String why) {
        if (!broken) {
            broken = true;
            owner.broken(why);
        }
    }

    @Override
    public ReplicatedLog.SnapshotWriter capture() {
        TreeCapture capture;
        synchronized (lock) {
            if (broken) {
                throw new IllegalStateException("an earlier entry could not be applied");
            }
            capture = TreeCapture.of(tree);
        }
        return out -> TreeSnapshot.write(capture, out);
    }

    @Override
    public void restore(InputStream in) throws IOException {
        NodeTree restored;
        try {
            restored = NodeTree.restore(in.readAllBytes());
        } catch (IllegalArgumentException unreadable) {
            throw new IOException(unreadable.getMessage(), unreadable);
        }
        synchronized (lock) {
            tree = restored;
            owner.restored();
        }
    }

    @Override
    public void onLeadership(Leadership now) {
        synchronized (lock) {
            owner.leadership(now);
        }
    }
}
