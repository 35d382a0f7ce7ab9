package io.conclave.internal;

import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import java.util.Objects;

/**
 * Which nodes a {@link TreeMirror} follows.
 *
 * @param root where the tree begins
 * @param depth how many levels below the root: 0 for the root alone, {@link #ALL_LEVELS} for all
 * @param withRoot whether the root's own node belongs to it
 * @param nodesMax the most nodes that it may hold
 */
public record MirrorSpec(NodePath root, int depth, boolean withRoot, int nodesMax) {
    /** The depth of a whole tree. */
    public static final int ALL_LEVELS = Query.Subtree.ALL_LEVELS;

    /** Refuses nulls, negative depths, bounds below 1, and a tree of nothing. */
    public MirrorSpec {
        Objects.requireNonNull(root, "root");
        if (depth < 0) {
            throw new IllegalArgumentException("depth " + depth + " is negative");
        }
        if (nodesMax < 1) {
            throw new IllegalArgumentException("a bound of " + nodesMax + " nodes is below 1");
        }
        if (depth == 0 && !withRoot) {
            throw new IllegalArgumentException("neither the root nor what is below");
        }
    }

    /** One node. */
    public static MirrorSpec node(NodePath path) {
        return new MirrorSpec(path, 0, true, 1);
    }

    /** True if the node at that path belongs to the tree. */
    boolean holds(NodePath path) {
        if (path.equals(root)) {
            return withRoot && !path.isRoot();
        }
        return depth > 0 && path.startsWith(root) && path.levelsBelow(root) <= depth;
    }
}
