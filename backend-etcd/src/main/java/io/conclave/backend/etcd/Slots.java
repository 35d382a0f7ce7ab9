package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import io.conclave.spi.OpId;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.PutRequest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The operation slots of one session: keys with its lease whose revision tells whether a commit was applied. Each commit writes the slot
 * that it holds, in its own transaction and guarded by the revision that it knows, so that it cannot be applied twice; the slot then tells by
 * whom it was written and at which revision. Made one by one as commits in flight need them.
 */
final class Slots {
    private static final int MOST = 256;
    private static final String APPLIED = "a";
    private static final String FENCED = "f";

    /** One slot. */
    static final class Slot {
        final ByteString key;
        /** The revision that the next commit expects; 0 before the first. */
        long revision;

        Slot(ByteString key) {
            this.key = key;
        }
    }

    private final Keys keys;
    private final String sessionId;
    private final long lease;
    private final Deque<Slot> free = new ArrayDeque<>();
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private int made;

    Slots(Keys keys, String sessionId, long lease) {
        this.keys = keys;
        this.sessionId = sessionId;
        this.lease = lease;
    }

    /** A slot to hold. Null if all are held: try again when called. */
    @Nullable
    Slot take(Runnable retry) {
        Slot slot = free.pollFirst();
        if (slot == null && made < MOST) {
            slot = new Slot(keys.slot(sessionId, made++));
        }
        if (slot == null) {
            waiting.add(retry);
        }
        return slot;
    }

    /** Gives a slot back whose revision is known. */
    void release(Slot slot) {
        free.addFirst(slot);
        passOn();
    }

    /** Lets the next one try if a slot is free. */
    void passOn() {
        Runnable next = free.isEmpty() ? null : waiting.pollFirst();
        if (next != null) {
            next.run();
        }
    }

    void stopWaiting(Runnable retry) {
        waiting.remove(retry);
    }

    /** True if the next commit has to wait. */
    boolean isExhausted() {
        return free.isEmpty() && made >= MOST;
    }

    PutRequest.Builder applied(Slot slot, OpId id) {
        return put(slot, APPLIED + id.toUuidText());
    }

    /** Written when an operation is not to be applied any more. */
    PutRequest.Builder fenced(Slot slot, OpId id) {
        return put(slot, FENCED + id.toUuidText());
    }

    private PutRequest.Builder put(Slot slot, String value) {
        return PutRequest.newBuilder().setKey(slot.key).setLease(lease).setValue(ByteString.copyFromUtf8(value));
    }

    /** True if it was there at that revision and is not any more: only the end of its session takes it away. */
    static boolean isGone(long expected, Optional<KeyValue> found) {
        return expected != 0 && found.isEmpty();
    }

    static boolean isApplied(KeyValue slot, OpId id) {
        return slot.getValue().toStringUtf8().equals(APPLIED + id.toUuidText());
    }
}
