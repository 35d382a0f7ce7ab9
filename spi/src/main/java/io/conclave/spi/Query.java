package io.conclave.spi;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One question to the store, answered by one {@link View}. */
public sealed interface Query {
    /** The node or directory that is asked for. */
    NodePath place();

    /** The node with its data. */
    static Get get(NodePath path) {
        return new Get(path);
    }

    /** All names directly below, directories included, without data. */
    static Children children(NodePath directory) {
        return new Children(directory, List.of(), Bound.ALL, Integer.MAX_VALUE, false);
    }

    /** The sequential nodes with one of the tags, in the directory's order, without data. */
    static Children contenders(NodePath directory, List<String> tags) {
        return new Children(directory, tags, Bound.ALL, Integer.MAX_VALUE, false);
    }

    /** Everything below a directory, with data, the first page. */
    static Subtree subtree(NodePath directory, int limit) {
        return new Subtree(directory, limit, null);
    }

    /** Everything at most that many levels below a directory, with data, the page after that path; {@code null} for the first. */
    static Subtree subtree(NodePath directory, int limit, @Nullable NodePath after, int depth) {
        return new Subtree(directory, limit, after, depth);
    }

    /** Which part of a directory's order a listing wants. */
    enum Bound {
        /** All of it. */
        ALL,
        /** Only the first in order. */
        FIRST,
        /** In the reads of a commit: those ordered before the sequential node that the commit makes in this directory. */
        BEFORE_OWN_CREATE
    }

    /**
     * Asks for one node.
     *
     * @param path the node
     */
    record Get(NodePath path) implements Query {
        /** Refuses nulls. */
        public Get {
            Objects.requireNonNull(path, "path");
        }

        @Override
        public NodePath place() {
            return path;
        }
    }

    /**
     * Asks for the direct children of a directory. With tags: the sequential nodes whose name ends with one of the tags and a
     * number, in the directory's order. Without: every child, sorted by name, implicit directories included.
     *
     * @param directory the directory; one that does not exist has no children
     * @param tags which sequential nodes; empty for every child
     * @param bound which part of the order; anything but {@link Bound#ALL} needs tags
     * @param limit the most nodes to return, from the front (for {@link Bound#BEFORE_OWN_CREATE}: from the end, the nearest ones)
     * @param withData whether to read data, version, owner and created revision of each
     */
    record Children(NodePath directory, List<String> tags, Bound bound, int limit, boolean withData) implements Query {
        /** Refuses nulls and limits below 1. */
        public Children {
            Objects.requireNonNull(directory, "directory");
            tags = List.copyOf(tags);
            Objects.requireNonNull(bound, "bound");
            if (limit < 1) {
                throw new IllegalArgumentException("limit " + limit + " is below 1");
            }
            if (bound != Bound.ALL && tags.isEmpty()) {
                throw new IllegalArgumentException("bound " + bound + " needs tags");
            }
        }

        @Override
        public NodePath place() {
            return directory;
        }
    }

    /**
     * Asks for all nodes below a directory, sorted by path, with data, page by page. Implicit directories are left out.
     *
     * @param directory the directory
     * @param limit the most nodes in a page
     * @param after the last path of the page before; {@code null} for the first page
     * @param depth how many levels below the directory are wanted, 1 for its direct children; {@link #ALL_LEVELS} for all
     */
    record Subtree(NodePath directory, int limit, @Nullable NodePath after, int depth) implements Query {
        /** The depth of a query for everything. */
        public static final int ALL_LEVELS = Integer.MAX_VALUE;

        /** Every level. */
        public Subtree(NodePath directory, int limit, @Nullable NodePath after) {
            this(directory, limit, after, ALL_LEVELS);
        }

        /** Refuses nulls, and limits and depths below 1. */
        public Subtree {
            Objects.requireNonNull(directory, "directory");
            if (limit < 1) {
                throw new IllegalArgumentException("limit " + limit + " is below 1");
            }
            if (depth < 1) {
                throw new IllegalArgumentException("depth " + depth + " is below 1");
            }
        }

        /** True if the path lies below the directory, and not too deep. */
        public boolean reaches(NodePath path) {
            return !path.equals(directory) && path.startsWith(directory) && path.levelsBelow(directory) <= depth;
        }

        @Override
        public NodePath place() {
            return directory;
        }
    }
}
