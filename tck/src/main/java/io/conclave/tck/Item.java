package io.conclave.tck;

import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import java.util.OptionalLong;

/**
 * A node of the model.
 *
 * @param path where
 * @param data its bytes
 * @param created the revision of the commit that made it
 * @param version how often it was put
 * @param owner the session of an ephemeral node, else empty
 * @param tag the tag of a sequential node, else empty
 * @param number the number in a sequential node's name
 * @param place a sequential node's place in the order of its directory
 */
record Item(
        NodePath path, Payload data, long created, long version, String owner, String tag, long number, long place) {
    boolean isSequential() {
        return !tag.isEmpty();
    }

    Item withData(Payload newData) {
        return new Item(path, newData, created, version + 1, owner, tag, number, place);
    }

    Node toNode() {
        return new Node(path, sequence(), OptionalLong.of(created), version, owner, data);
    }

    Node toListed() {
        return Node.listed(path, sequence());
    }

    private OptionalLong sequence() {
        return isSequential() ? OptionalLong.of(number) : OptionalLong.empty();
    }
}
