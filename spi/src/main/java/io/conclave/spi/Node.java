package io.conclave.spi;

import java.util.Objects;
import java.util.OptionalLong;

/**
 * One node as it was read or made.
 *
 * @param path where it stands; for a sequential node with the name that the backend composed
 * @param sequence the number in a sequential node's name. Order inside a directory is the order of the view that lists it; this
 *     number only identifies the place (ZooKeeper: signed 32 bits that may wrap)
 * @param createdRevision the revision of the commit that made the node, where the backend knows it exactly (rule N7)
 * @param modifiedRevision the revision of the commit that made the node or put its data last: told of every node that is read with its data, and never the
 *     same for two writes of one path (rule N12); a created node in a commit's result may lack it
 * @param version how often the data was put since the node was made, for {@link Guard.VersionIs}; {@link #UNKNOWN_VERSION} in
 *     listings without data, for directories, and for a created node whose commit's answer was lost if others have changed it since
 * @param owner the id of the session that an ephemeral node belongs to; empty for a persistent one and where a listing does not tell
 * @param data the data; empty in listings without data
 */
public record Node(
        NodePath path,
        OptionalLong sequence,
        OptionalLong createdRevision,
        OptionalLong modifiedRevision,
        long version,
        String owner,
        Payload data) {
    /** The version of an entry whose version was not read, or cannot be known. */
    public static final long UNKNOWN_VERSION = -1;

    /** Refuses nulls. */
    public Node {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(sequence, "sequence");
        Objects.requireNonNull(createdRevision, "createdRevision");
        Objects.requireNonNull(modifiedRevision, "modifiedRevision");
        Objects.requireNonNull(owner, "owner");
        Objects.requireNonNull(data, "data");
    }

    /** An entry of a listing that was made without data. */
    public static Node listed(NodePath path, OptionalLong sequence) {
        return listed(path, sequence, OptionalLong.empty());
    }

    /** The same, where the store tells the created revision with the name. */
    public static Node listed(NodePath path, OptionalLong sequence, OptionalLong createdRevision) {
        return new Node(path, sequence, createdRevision, OptionalLong.empty(), UNKNOWN_VERSION, "", Payload.empty());
    }

    /** The last segment of the path. */
    public String name() {
        return path.name();
    }
}
