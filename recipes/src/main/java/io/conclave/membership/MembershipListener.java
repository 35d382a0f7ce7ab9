package io.conclave.membership;

/**
 * Hears of a group's members: on the user's executor, in order, never two calls at a time. A new listener hears {@link #onJoined} for everybody who is there. Joining and leaving alternate for each name.
 */
public interface MembershipListener {
    /** Somebody joined. */
    default void onJoined(Member member) {}

    /** Somebody left, died, or lost its session. */
    default void onLeft(Member member) {}

    /** A member's data changed. */
    default void onChanged(Member before, Member now) {}

    /**
     * Changes may have been missed, or come in one: contact was lost, or this listener was too slow. What differs is told next; if the listener was too slow it has to read {@link
     * GroupMembership#members()}.
     */
    default void onResynced() {}

    /** The own name is taken by another session, or by a node of no session if the text is empty; ours joins when that one is gone. */
    default void onNameTaken(String session) {}
}
