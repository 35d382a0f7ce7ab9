package io.conclave.cache;

/** Options of a {@link TreeCache}. Not thread-safe. */
public interface TreeCacheBuilder {
    /** How many levels below the root are copied: 0 for the root alone, 1 for its children too. Default: all. */
    TreeCacheBuilder depth(int levels);

    /** The most nodes that the copy may hold, 1 or more. Default: 1,000,000. */
    TreeCacheBuilder nodesMax(int nodes);

    /** The cache. Nothing is sent before {@link TreeCache#start()}. */
    TreeCache build();
}
