package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import io.conclave.spi.NodePath;
import java.util.Optional;

/**
 * Where the nodes of a namespace lie among etcd's keys: the key is the namespace and the path, as they are read. All that lies below a
 * directory is one range of keys, in the order of {@link NodePath#compareTo}: paths hold no surrogates, so the order of their UTF-8 bytes is
 * that of their characters.
 */
final class Keys {
    private static final String RESERVED = "/.conclave";

    private final String namespace;

    Keys(NodePath namespace) {
        this.namespace = namespace.isRoot() ? "" : namespace.toString();
    }

    ByteString of(NodePath node) {
        return ByteString.copyFromUtf8(namespace + node);
    }

    /** What the keys of all nodes below the directory begin with, and no others. */
    ByteString below(NodePath directory) {
        return ByteString.copyFromUtf8(directory.isRoot() ? namespace + "/" : namespace + directory + "/");
    }

    /** The first key after all that begin with this. */
    static ByteString end(ByteString prefix) {
        int last = prefix.size() - 1;
        return prefix.substring(0, last).concat(ByteString.copyFrom(new byte[] {(byte) (prefix.byteAt(last) + 1)}));
    }

    /** The first key after this one. */
    static ByteString next(ByteString key) {
        return key.concat(ByteString.copyFrom(new byte[] {0}));
    }

    /** The node of a key of the namespace; empty for keys of others that are no paths of ours. */
    Optional<NodePath> path(ByteString key) {
        String text = key.toStringUtf8();
        if (!text.startsWith(namespace)) {
            return Optional.empty();
        }
        String rest = text.substring(namespace.length());
        if (rest.length() < 2) {
            return Optional.empty();
        }
        try {
            return Optional.of(NodePath.of(rest));
        } catch (IllegalArgumentException foreign) {
            return Optional.empty();
        }
    }

    /** True for the backend's own nodes, which no listing or watch of the root shows. */
    static boolean isReserved(NodePath path) {
        String text = path.toString();
        return text.equals(RESERVED) || text.startsWith(RESERVED + "/");
    }

    /** The first key after the reserved ones. */
    ByteString afterReserved() {
        return end(ByteString.copyFromUtf8(namespace + RESERVED + "/"));
    }

    /** The key that lives exactly as long as the session. */
    ByteString session(String id) {
        return ByteString.copyFromUtf8(namespace + RESERVED + "/sessions/" + id);
    }

    ByteString slot(String sessionId, int number) {
        return ByteString.copyFromUtf8(namespace + RESERVED + "/slots/" + sessionId + "/" + number);
    }
}
