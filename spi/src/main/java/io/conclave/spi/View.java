package io.conclave.spi;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** The answer to one {@link Query}. */
public sealed interface View {

    /**
     * Answers {@link Query.Get}.
     *
     * @param node the node, or empty if it is absent
     */
    record OfNode(Optional<Node> node) implements View {
        /** Refuses nulls. */
        public OfNode {
            Objects.requireNonNull(node, "node");
        }
    }

    /**
     * Answers {@link Query.Children} and {@link Query.Subtree}.
     *
     * @param nodes the nodes in the order that the query names
     * @param more whether the limit cut the answer
     */
    record OfNodes(List<Node> nodes, boolean more) implements View {
        /** Copies the list. */
        public OfNodes {
            nodes = List.copyOf(nodes);
        }
    }
}
