package io.conclave.backend.etcd;

import io.conclave.spi.CommitResult;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.View;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What is finally known of a commit. */
sealed interface Outcome {
    /** As the caller sees it. */
    CommitResult result(List<View> then);

    /** The same, with these sequential nodes told as gone: by their names alone, without a place (rule C8). */
    Outcome without(Set<NodePath> gone);

    /** Whether what was found at the path of a sequential node that it made is still that node. */
    default boolean isThere(Optional<Node> found) {
        return false;
    }

    /** Applied at that revision. */
    record Applied(long revision, List<Node> created) implements Outcome {
        @Override
        public CommitResult result(List<View> then) {
            return new CommitResult.Applied(OptionalLong.of(revision), created, then);
        }

        @Override
        public boolean isThere(Optional<Node> found) {
            return found.isPresent() && found.get().createdRevision().equals(OptionalLong.of(revision));
        }

        @Override
        public Outcome without(Set<NodePath> gone) {
            return new Applied(
                    revision,
                    created.stream()
                            .map(node -> gone.contains(node.path())
                                    ? new Node(
                                            node.path(),
                                            OptionalLong.empty(),
                                            node.createdRevision(),
                                            node.modifiedRevision(),
                                            node.version(),
                                            node.owner(),
                                            node.data())
                                    : node)
                            .toList());
        }
    }

    /** Not applied: that condition did not hold. */
    record Refused(int condition) implements Outcome {
        @Override
        public CommitResult result(List<View> then) {
            return new CommitResult.Refused(condition, then);
        }

        @Override
        public Outcome without(Set<NodePath> gone) {
            return this;
        }
    }
}
