package io.conclave.backend.inmemory;

import io.conclave.spi.NodePath;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.WatchSpec.Kind;
import java.util.Set;

/**
 * Which changes a watch is about.
 *
 * @param spec what was asked for, with paths as the tree has them
 * @param root where the namespace begins: what is reserved below it is not shown
 */
record Interest(WatchSpec spec, NodePath root) {

    NodePath path() {
        return spec.target().path();
    }

    boolean isSubtree() {
        return spec.target() instanceof WatchSpec.SubtreeOf;
    }

    /** True if the watch is about such a change. */
    boolean wants(Change change) {
        boolean wanted =
                touches() ? change.kind() != Kind.CHILDREN : spec.kinds().contains(change.kind());
        if (!wanted) {
            return false;
        }
        if (isSubtree()) {
            return change.kind() != Kind.CHILDREN
                    && !change.path().equals(path())
                    && change.path().startsWith(path())
                    && !(path().equals(root) && change.path().startsWith(TreeReader.reservedBelow(root)));
        }
        boolean aboutChildren = spec.target() instanceof WatchSpec.ChildrenOf;
        return aboutChildren == (change.kind() == Kind.CHILDREN)
                && change.path().equals(path());
    }

    /** The kind as which a change is told: a touch where nothing else is wanted (rule W9). */
    Kind told(Change change) {
        return touches() ? Kind.TOUCHED : change.kind();
    }

    private boolean touches() {
        return spec.kinds().contains(Kind.TOUCHED);
    }

    /** True if it is told at once that the node is absent (rule W2). */
    boolean tellsAbsence() {
        return spec.target() instanceof WatchSpec.OfNode && spec.kinds().equals(Set.of(Kind.DELETED));
    }

    /** Changes after this revision are told when the watch starts; none if it is negative. */
    static long afterRevisionOf(WatchSpec spec) {
        return spec.afterRevision() == 0 ? -1 : spec.afterRevision();
    }
}
