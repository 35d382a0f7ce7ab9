package io.conclave.membership;

/** Hears what becomes of a {@link PersistentNode}: on the user's executor, in order, never two calls at a time. If it is too slow, it is told the latest only. */
public interface PersistentNodeListener {
    /** The node stands. */
    default void onPresent() {}

    /** It stands no more: somebody deleted it, or the session has ended. It is being made again. */
    default void onAbsent() {}

    /** Another client's node has the path: of this session, or of none if the text is empty. Ours is made when it has gone. */
    default void onOccupied(String session) {}

    /** The store refuses it; it is tried again, ever more rarely. */
    default void onRefused(Throwable why) {}
}
