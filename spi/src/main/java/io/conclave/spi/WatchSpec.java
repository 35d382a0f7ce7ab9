package io.conclave.spi;

import java.util.Objects;
import java.util.Set;

/**
 * What to watch.
 *
 * @param target the node, the children of a directory, or a subtree
 * @param afterRevision every change after this revision is told, or {@link WatchListener#onResync}; 0 = from activation on
 * @param kinds which kinds of change
 */
public record WatchSpec(Target target, long afterRevision, Set<Kind> kinds) {
    /** Copies the set; refuses an empty one, and negative revisions. */
    public WatchSpec {
        Objects.requireNonNull(target, "target");
        kinds = Set.copyOf(kinds);
        if (kinds.isEmpty()) {
            throw new IllegalArgumentException("a watch for no kind of change");
        }
        if (kinds.contains(Kind.TOUCHED) && kinds.size() > 1) {
            throw new IllegalArgumentException("TOUCHED stands for the other kinds: " + kinds);
        }
        if (afterRevision < 0) {
            throw new IllegalArgumentException("revision " + afterRevision + " is negative");
        }
    }

    /** Tells when the node is gone: at once if it is gone already. */
    public static WatchSpec gone(NodePath path, long afterRevision) {
        return new WatchSpec(new OfNode(path), afterRevision, Set.of(Kind.DELETED));
    }

    /** Tells every change of one node. */
    public static WatchSpec node(NodePath path) {
        return new WatchSpec(new OfNode(path), 0, Set.of(Kind.CREATED, Kind.CHANGED, Kind.DELETED));
    }

    /** Tells when the set of direct children changes. */
    public static WatchSpec children(NodePath directory) {
        return new WatchSpec(new ChildrenOf(directory), 0, Set.of(Kind.CHILDREN));
    }

    /** Tells every change of a node anywhere below the directory. */
    public static WatchSpec subtree(NodePath directory) {
        return new WatchSpec(new SubtreeOf(directory), 0, Set.of(Kind.CREATED, Kind.CHANGED, Kind.DELETED));
    }

    /** Tells that one node was made, put or removed, without telling which. */
    public static WatchSpec touches(NodePath path) {
        return new WatchSpec(new OfNode(path), 0, Set.of(Kind.TOUCHED));
    }

    /** Tells that a node below the directory was made, put or removed, without telling which: for those who read it in any case. */
    public static WatchSpec touchesBelow(NodePath directory) {
        return new WatchSpec(new SubtreeOf(directory), 0, Set.of(Kind.TOUCHED));
    }

    /** The kinds of change. */
    public enum Kind {
        /** The node was made. */
        CREATED,
        /** The node's data was put. */
        CHANGED,
        /** The node is gone. A node watch for this kind alone tells it at once if the node is absent when the watch starts. */
        DELETED,
        /** A child was made or removed directly below the watched directory; the path is the directory's. */
        CHILDREN,
        /** The node was made, put or removed. Cheaper for backends that would have to look to tell which; not to be wanted with others (rule W9). */
        TOUCHED
    }

    /** What a watch looks at. */
    public sealed interface Target {
        /** The path of the node or directory. */
        NodePath path();
    }

    /**
     * One node.
     *
     * @param path the node
     */
    public record OfNode(NodePath path) implements Target {}

    /**
     * The set of names directly below a directory.
     *
     * @param path the directory, which need not exist
     */
    public record ChildrenOf(NodePath path) implements Target {}

    /**
     * All nodes below a directory, itself left out.
     *
     * @param path the directory, which need not exist
     */
    public record SubtreeOf(NodePath path) implements Target {}
}
