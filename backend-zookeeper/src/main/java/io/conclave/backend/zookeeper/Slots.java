package io.conclave.backend.zookeeper;

import io.conclave.backend.zookeeper.Link.Content;
import io.conclave.spi.NodePath;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * The operation slots of one session: ephemeral nodes whose versions tell whether a commit was applied. Each commit raises the version of
 * the slot that it holds, in its own transaction and guarded by the version it knows, so that it cannot be applied twice. Whoever settles a
 * commit raises the version too; what the slot holds tells which of them did it last. Made one by one as commits in flight need them; names
 * are never used again.
 */
final class Slots {
    static final int MOST = 64;
    /** What a commit leaves in its slot. */
    static final byte[] BY_COMMIT = NodeData.NONE;

    private static final byte[] BY_SETTLING = {1};
    private static final int NEVER_WRITTEN = 0;

    /** One slot. */
    static final class Slot {
        final String path;
        /** The version that the next commit expects. */
        int version = NEVER_WRITTEN;
        /** Whether the server has said that it exists. */
        boolean confirmed;

        Slot(String path) {
            this.path = path;
        }
    }

    private final Link link;
    private final Layout layout;
    private final String sessionId;
    private final Deque<Slot> free = new ArrayDeque<>();
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private int alive;
    private long made;

    Slots(Link link, Layout layout, String sessionId) {
        this.link = link;
        this.layout = layout;
        this.sessionId = sessionId;
    }

    /** Makes the first slot before anything else is done: the session's first write. */
    void open(Link.Reply<String> reply) {
        Slot slot = newSlot();
        link.create(slot.path, NodeData.NONE, CreateMode.EPHEMERAL, (code, name) -> {
            slot.confirmed = code == Code.OK;
            if (slot.confirmed) {
                release(slot);
            } else {
                alive--;
            }
            reply.on(code, name);
        });
    }

    /** A slot to hold; a new one is made right before the caller's transaction. Null if all are held: try again when called. */
    @Nullable
    Slot take(Runnable retry) {
        Slot slot = free.pollFirst();
        if (slot == null && alive < MOST) {
            slot = newSlot();
            make(slot);
        }
        if (slot == null) {
            waiting.add(retry);
        }
        return slot;
    }

    /** Makes sure that a slot whose creation was not confirmed exists, for requests that follow. */
    void make(Slot slot) {
        if (!slot.confirmed) {
            link.create(slot.path, NodeData.NONE, CreateMode.EPHEMERAL, (code, name) -> {
                if (code == Code.OK || code == Code.NODEEXISTS) {
                    slot.confirmed = true;
                }
            });
        }
    }

    /** Raises the version, if it is the one that is known: no commit that was sent before can be applied any more. */
    void settle(Slot slot, Link.Reply<Stat> reply) {
        make(slot);
        link.setData(slot.path, BY_SETTLING, slot.version, reply);
    }

    /** Whether the slot was written last by {@link #settle}, and not by a commit. */
    static boolean isSettled(Content slot) {
        return Arrays.equals(slot.data(), BY_SETTLING);
    }

    /** Gives a slot back whose version is known. */
    void release(Slot slot) {
        free.addFirst(slot);
        wakeOne();
    }

    /** Forgets a slot that is not at the server. */
    void discard() {
        alive--;
        wakeOne();
    }

    void stopWaiting(Runnable retry) {
        waiting.remove(retry);
    }

    /** True if the next commit has to wait. */
    boolean isExhausted() {
        return free.isEmpty() && alive >= MOST;
    }

    /** Lets the next one try if a slot is free: called when one that was woken does not take it. */
    void nudge() {
        if (!free.isEmpty()) {
            wakeOne();
        }
    }

    private void wakeOne() {
        Runnable next = waiting.pollFirst();
        if (next != null) {
            next.run();
        }
    }

    private Slot newSlot() {
        alive++;
        NodePath path = layout.slots().child(sessionId + "-" + made++);
        return new Slot(layout.real(path));
    }
}
