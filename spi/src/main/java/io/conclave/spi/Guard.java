package io.conclave.spi;

import java.util.Objects;
import java.util.OptionalLong;

/** A condition of a commit. All guards hold at the commit's place in the order of writes, or nothing is written (rule C1). */
public sealed interface Guard {
    /** The node that the condition speaks of. */
    NodePath path();

    /** The node exists. */
    static Guard present(NodePath path) {
        return new Present(path, OptionalLong.empty());
    }

    /** The node exists and is the one made at that revision: the guard that makes a fencing token count in the store itself. */
    static Guard present(NodePath path, long createdRevision) {
        return new Present(path, OptionalLong.of(createdRevision));
    }

    /** No node is there. An implicit directory counts as absent. */
    static Guard absent(NodePath path) {
        return new Absent(path);
    }

    /** The node exists and its version is this one. Safe against delete and re-create only on nodes that are never deleted. */
    static Guard versionIs(NodePath path, long version) {
        return new VersionIs(path, version);
    }

    /**
     * The node exists.
     *
     * @param path the node
     * @param createdRevision if given, also that it was made at this revision; needs the capability {@link
     *     Capabilities.CreatedRevisionGuard#ALL} unless the node is sequential
     */
    record Present(NodePath path, OptionalLong createdRevision) implements Guard {
        /** Refuses nulls. */
        public Present {
            Objects.requireNonNull(path, "path");
            Objects.requireNonNull(createdRevision, "createdRevision");
        }
    }

    /**
     * The node does not exist.
     *
     * @param path the node
     */
    record Absent(NodePath path) implements Guard {
        /** Refuses nulls. */
        public Absent {
            Objects.requireNonNull(path, "path");
        }
    }

    /**
     * The node exists with this version.
     *
     * @param path the node
     * @param version the expected version, not negative
     */
    record VersionIs(NodePath path, long version) implements Guard {
        /** Refuses nulls and negative versions (which elsewhere mean "any"). */
        public VersionIs {
            Objects.requireNonNull(path, "path");
            if (version < 0) {
                throw new IllegalArgumentException("version " + version + " of " + path + " is negative");
            }
        }
    }
}
