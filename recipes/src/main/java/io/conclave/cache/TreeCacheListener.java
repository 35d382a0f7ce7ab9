package io.conclave.cache;

import io.conclave.spi.Node;

/**
 * Hears the changes of a {@link TreeCache}: on the user's executor, in order, never two calls at a time. At most 10,000 changes wait for a slow listener (and one page of a large
 * tree); then it is told {@link #onResynced} in place of those that were dropped.
 */
public interface TreeCacheListener {
    /** A node is there that was not. */
    default void onCreated(Node now) {}

    /** A node was written, or deleted and made again. */
    default void onChanged(Node before, Node now) {}

    /** A node is gone. */
    default void onRemoved(Node before) {}

    /**
     * Changes may have been missed, or come in one. After a reconnect what differs is told next. If this listener was too slow, some calls were dropped: it has to read the cache, which
     * may be ahead of the calls that follow.
     */
    default void onResynced() {}

    /** The whole tree was read, be it empty. Told once. */
    default void onInitialised() {}

    /** The store refuses to be read, and is asked again ever more rarely; or the tree has too many nodes, and the cache has ended. */
    default void onFailure(Throwable why) {}
}
