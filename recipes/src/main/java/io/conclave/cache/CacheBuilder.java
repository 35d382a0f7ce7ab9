package io.conclave.cache;

import io.conclave.Conclave;
import io.conclave.internal.MirrorSpec;
import io.conclave.internal.RecipeContext;
import io.conclave.spi.NodePath;
import java.util.Objects;

/** Collects the options. */
final class CacheBuilder implements TreeCacheBuilder {
    private static final int NODES_MAX = 1_000_000;

    private final Conclave conclave;
    private final NodePath path;
    private int depth = MirrorSpec.ALL_LEVELS;
    private int nodesMax = NODES_MAX;

    CacheBuilder(Conclave conclave, String path) {
        this.conclave = Objects.requireNonNull(conclave, "conclave");
        this.path = RecipeContext.requireDirectory(path);
    }

    @Override
    public TreeCacheBuilder depth(int levels) {
        if (levels < 0) {
            throw new IllegalArgumentException("depth " + levels + " is negative");
        }
        this.depth = levels;
        return this;
    }

    @Override
    public TreeCacheBuilder nodesMax(int nodes) {
        if (nodes < 1) {
            throw new IllegalArgumentException("a bound of " + nodes + " nodes is below 1");
        }
        this.nodesMax = nodes;
        return this;
    }

    @Override
    public TreeCache build() {
        return new MirrorCache(conclave, new MirrorSpec(path, depth, true, nodesMax));
    }
}
