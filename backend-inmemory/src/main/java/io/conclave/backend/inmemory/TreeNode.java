package io.conclave.backend.inmemory;

import io.conclave.spi.CreateMode;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One node of the tree. Only {@link NodeTree} changes it. */
final class TreeNode {
    /** Order inside a directory (rules O2 and O4): by number, those that share one by the time of their making. */
    static final Comparator<TreeNode> CONTENDER_ORDER = Comparator.comparingLong((TreeNode node) -> node.number)
            .thenComparingLong(node -> node.createdRevision)
            .thenComparing(node -> node.path);

    final NodePath path;
    final CreateMode mode;
    /** The owning session; empty for a persistent node. */
    final String owner;

    final long createdRevision;
    /** The name without its number; null if the name has none. */
    final @Nullable String stem;
    /** Meaningless if there is no stem. */
    final long number;

    Payload data;
    long version;
    long modifiedRevision;

    private TreeNode(
            NodePath path,
            CreateMode mode,
            String owner,
            long createdRevision,
            @Nullable String stem,
            long number,
            Payload data) {
        this.path = path;
        this.mode = mode;
        this.owner = owner;
        this.createdRevision = createdRevision;
        this.modifiedRevision = createdRevision;
        this.stem = stem;
        this.number = number;
        this.data = data;
    }

    /** A node with the caller's name, which may look like a contender's. */
    static TreeNode named(NodePath path, CreateMode mode, String owner, long createdRevision, Payload data) {
        OptionalLong number = SequentialName.numberOf(path.name());
        String stem = number.isPresent() ? SequentialName.stemOf(path.name()) : null;
        return new TreeNode(path, mode, owner, createdRevision, stem, number.orElse(0), data);
    }

    /** A node with a composed name. */
    static TreeNode sequential(
            NodePath path, CreateMode mode, String owner, long createdRevision, SequentialName name, Payload data) {
        return new TreeNode(path, mode, owner, createdRevision, name.stem(), name.number(), data);
    }

    /** A stand-in for comparing only: the place that a node made at this revision has or had. */
    static TreeNode placeOf(NodePath path, long number, long createdRevision) {
        return new TreeNode(path, CreateMode.EPHEMERAL_SEQUENTIAL, "", createdRevision, "", number, Payload.empty());
    }

    boolean hasNumber() {
        return stem != null;
    }

    boolean hasTag(List<String> tags) {
        return stem != null && SequentialName.hasTag(stem, tags);
    }

    /** The number where the store composed the name, or where the reader asked by tag. */
    OptionalLong sequence(boolean byTag) {
        return stem != null && (byTag || mode.isSequential()) ? OptionalLong.of(number) : OptionalLong.empty();
    }

    Node toNode(boolean byTag) {
        return new Node(
                path,
                sequence(byTag),
                OptionalLong.of(createdRevision),
                OptionalLong.of(modifiedRevision),
                version,
                owner,
                data);
    }
}
