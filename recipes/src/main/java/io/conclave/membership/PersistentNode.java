package io.conclave.membership;

import io.conclave.Conclave;
import io.conclave.Registration;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;

/**
 * An ephemeral node that comes back. It stands while this object is open and its session lives, is made again on the next session, and again when somebody deletes it. Thread-safe.
 *
 * <p><b>Guaranteed:</b> at most one node, never one of this object's on two sessions at a time: a node that an ended session of ours has left behind is waited for. After {@link #close()} has
 * returned in contact with the store, no node of this object stands, whatever was on its way. A store that refuses the node (no rights) is asked again after a second, then ever more
 * rarely, at most each half minute; {@link #failure()} tells why.
 *
 * <p><b>Not guaranteed:</b> that the path is ours. Another client's node is left alone, and told as {@link PersistentNodeListener#onOccupied}; ours is made when it has gone. Nothing excludes others here: use a
 * lock for that. On ZooKeeper a node of another client that took the path within the last moments before {@link #close()}, after somebody had deleted ours, and that was put to exactly as often, may be deleted instead of ours.
 *
 * <p>While contact is lost the node stands for others until the session's end, at most the session time-out after the last contact.
 */
public interface PersistentNode extends AutoCloseable {

    /** Starts keeping a node with this data at the path, and returns at once, also without contact. */
    static PersistentNode of(Conclave conclave, String path, byte[] data) {
        return new KeptNode(conclave, path, data);
    }

    /** Where it stands. */
    String path();

    /** Whether it stood, with this process as its maker, when the store was last heard. No network. */
    boolean isPresent();

    /**
     * Waits until it stands. Refused in callbacks.
     *
     * @throws TimeoutException if it does not by then; it is tried further all the same
     * @throws IllegalStateException if this is closed
     */
    void awaitPresent(Duration wait) throws InterruptedException, TimeoutException;

    /**
     * Gives it other data: at once in contact, else when it is made next. Of several in a row only the last may be written. The stage completes when the node stands with this data or a later one, and fails with {@link
     * IllegalStateException} if this is closed before.
     */
    CompletionStage<Void> setData(byte[] data);

    /** Why the store refuses it, if it does. No network. */
    Optional<Throwable> failure();

    /** Hears what becomes of it, on the user's executor, in order; at first how it is now. */
    Registration addListener(PersistentNodeListener listener);

    /** Removes the node and keeps it no more. Waits for the store at most the call time-out; goes on in the background after that. Idempotent. */
    @Override
    void close();

    /** Like {@link #close()} without waiting. Completes when no node of this object stands, or can come to stand, on a living session. */
    CompletionStage<Void> closeAsync();
}
