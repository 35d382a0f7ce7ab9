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
 * @param modified the revision of the commit that made it or put to it last
 * @param version how often it was put
 * @param owner the session of an ephemeral node, else empty
 * @param tag the tag of a sequential node, else empty
 * @param number the number in a sequential node's name
 * @param place a sequential node's place in the order of its directory
 */
record Item(
        NodePath path,
        Payload data,
        long created,
        long modified,
        long version,
        String owner,
        String tag,
        long number,
        long place) {
    boolean isSequential() {
        return !tag.isEmpty();
    }

    Item withData(Payload newData, long revision) {
        return new Item(path, newData, created, revision, version + 1, owner, tag, number, place);
    }

    Node toNode() {
        return new Node(path, sequence(), OptionalLong.of(created), OptionalLong.of(modified), version, owner, data);
    }

    Node toListed() {
        return Node.listed(path, sequence());
    }

    private OptionalLong sequence() {
        return isSequential() ? OptionalLong.of(number) : OptionalLong.empty();
    }
}
