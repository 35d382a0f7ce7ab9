package io.conclave.backend.zookeeper;

import io.conclave.spi.NodePath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where the namespace lies in ZooKeeper's tree, and what in it is the backend's own. */
final class Layout {
    /** The directory of the backend's own nodes, at the top of the namespace. */
    static final String RESERVED = ".conclave";

    private static final String SERVER_OWN = "zookeeper";

    private final NodePath namespace;
    private final String prefix;

    Layout(NodePath namespace) {
        this.namespace = namespace;
        this.prefix = namespace.isRoot() ? "" : namespace.toString();
    }

    /** The path in ZooKeeper's tree, which may be longer than paths of a namespace are. */
    String real(NodePath path) {
        if (path.isRoot()) {
            return namespace.toString();
        }
        return prefix + path;
    }

    /** The directory and all above it in ZooKeeper's tree, the namespace's own first. */
    List<String> realChain(NodePath directory) {
        List<String> chain = new ArrayList<>();
        namespace.ancestors().forEach(above -> chain.add(above.toString()));
        if (!namespace.isRoot()) {
            chain.add(prefix);
        }
        directory.ancestors().forEach(above -> chain.add(real(above)));
        if (!directory.isRoot()) {
            chain.add(real(directory));
        }
        return chain;
    }

    /** The path of a child that may have a name to which the server appends a number. */
    String realChild(NodePath directory, String name) {
        String parent = real(directory);
        return parent.equals("/") ? "/" + name : parent + "/" + name;
    }

    /** The path within the namespace; empty for what lies outside or is no path of ours. */
    Optional<NodePath> local(String real) {
        if (!real.startsWith(prefix)) {
            return Optional.empty();
        }
        String rest = real.substring(prefix.length());
        if (rest.isEmpty()) {
            return Optional.of(NodePath.root());
        }
        try {
            return rest.startsWith("/") ? Optional.of(NodePath.of(rest)) : Optional.empty();
        } catch (IllegalArgumentException foreign) {
            return Optional.empty();
        }
    }

    /** A child that listings show; empty for the reserved ones and for foreign names that are no segments of ours. */
    Optional<NodePath> visibleChild(NodePath directory, String name) {
        if (directory.isRoot() && (name.equals(RESERVED) || (namespace.isRoot() && name.equals(SERVER_OWN)))) {
            return Optional.empty();
        }
        try {
            return Optional.of(directory.child(name));
        } catch (IllegalArgumentException foreign) {
            return Optional.empty();
        }
    }

    /** True for what no listing or watch of a directory above shows. */
    boolean isHidden(NodePath path) {
        String text = path.toString();
        return isAtOrBelow(text, "/" + RESERVED) || (namespace.isRoot() && isAtOrBelow(text, "/" + SERVER_OWN));
    }

    private static boolean isAtOrBelow(String path, String top) {
        return path.equals(top) || path.startsWith(top + "/");
    }

    /** How many directories make up the namespace itself. */
    int namespaceDepth() {
        return namespace.segments().size();
    }

    /** The bytes that the namespace adds to each path. */
    int prefixBytes() {
        return prefix.getBytes(StandardCharsets.UTF_8).length;
    }

    /** The directory of the operation slots. */
    NodePath slots() {
        return NodePath.root().child(RESERVED).child("slots");
    }

    /** A node that never exists, below a directory that never exists: its deletion is a write that changes nothing. */
    String beat() {
        return real(NodePath.root().child(RESERVED).child("beat").child("none"));
    }

    /** A node that never exists: its check fails any transaction that gets that far. */
    String never() {
        return real(NodePath.root().child(RESERVED).child("never"));
    }
}
