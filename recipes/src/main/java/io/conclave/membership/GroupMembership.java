package io.conclave.membership;

import io.conclave.Conclave;
import io.conclave.Registration;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;

/**
 * A group of processes in the store: each member is an ephemeral node with its name and data, and everybody sees who is there. Thread-safe.
 *
 * <p><b>Guaranteed:</b> a name stands for one session at a time; a member that leaves by {@link #close()} is gone for all at once, one that dies within a session time-out. After its
 * session was lost a member joins again by itself, and never stands twice. The view follows the store: after a reconnect it is compared with it, and what differs is told.
 *
 * <p><b>Not guaranteed:</b> that views of several processes are the same at one moment, nor that a member that is listed still runs: its process may have died within the last
 * session time-out. Nothing here excludes anybody.
 *
 * <p>While contact is lost the view stays as it was, and the own node stands until the session ends.
 */
public interface GroupMembership extends AutoCloseable {

    /**
     * Joins the group under this name and follows it; returns at once, also without contact. Any name that is not empty will do; the store holds it as a part of a path.
     *
     * @throws IllegalArgumentException if the path or the name can never work
     */
    static GroupMembership join(Conclave conclave, String path, String name, byte[] data) {
        return new Group(conclave, path, name, data);
    }

    /** Follows the group without joining it; returns at once. */
    static GroupMembership observe(Conclave conclave, String path) {
        return new Group(conclave, path);
    }

    /** The group's directory. */
    String path();

    /** Whether the own node stood when the store was last heard; false for an observer. No network. */
    boolean isMember();

    /**
     * Waits until the own node stands. Refused in callbacks.
     *
     * @throws TimeoutException if it does not by then; it is tried further all the same
     * @throws IllegalStateException if this is an observer, or closed
     */
    void awaitMember(Duration wait) throws InterruptedException, TimeoutException;

    /**
     * Waits until the members are known, be it that there are none. Refused in callbacks.
     *
     * @throws IllegalStateException if this is closed
     */
    void awaitMembers(Duration wait) throws InterruptedException, TimeoutException;

    /** Who was there when the store was last heard, by name. No network. */
    List<Member> members();

    /** The member of that name, if it is there. No network. */
    Optional<Member> member(String name);

    /**
     * Tells other data of the own member: at once in contact, else when it joins next. The stage completes when its node stands with this data or a later one, and fails with {@link
     * IllegalStateException} if this is an observer, or closed before.
     */
    CompletionStage<Void> setData(byte[] data);

    /** Why the store refuses to let us join or look, if it does. No network. */
    Optional<Throwable> failure();

    /** Hears of the members. */
    Registration addListener(MembershipListener listener);

    /** Leaves: others see it at once. Waits for the store at most the call time-out; goes on in the background after that. Idempotent. */
    @Override
    void close();

    /** Like {@link #close()} without waiting. Completes when the own node is gone. */
    CompletionStage<Void> closeAsync();
}
