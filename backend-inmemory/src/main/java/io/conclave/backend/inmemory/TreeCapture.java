package io.conclave.backend.inmemory;

import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A tree as it was at one moment, to be written while the tree goes on. Taking it visits every node and every result that a session remembers, and copies references only: payloads and results never change. That
 * is some ten milliseconds for 100,000 nodes; the memory that it holds is what the tree has let go of meanwhile, and some 40 bytes a node.
 */
final class TreeCapture {
    final String storeId;
    final long revision;
    final long lastSession;
    final TreeNode[] nodes;
    final Payload[] data;
    final long[] modified;
    final long[] versions;
    final List<Held> sessions = new ArrayList<>();

    /**
     * A session and what it remembered.
     *
     * @param session what does not change of it
     * @param results in the order in which they were first heard of
     */
    record Held(TreeSession session, List<Map.Entry<OpId, OpRecord>> results) {}

    private TreeCapture(NodeTree tree) {
        this.storeId = tree.storeId;
        this.revision = tree.revision;
        this.lastSession = tree.lastSession;
        this.nodes = tree.nodes.values().toArray(TreeNode[]::new);
        this.data = new Payload[nodes.length];
        this.modified = new long[nodes.length];
        this.versions = new long[nodes.length];
        for (int i = 0; i < nodes.length; i++) {
            data[i] = nodes[i].data;
            modified[i] = nodes[i].modifiedRevision;
            versions[i] = nodes[i].version;
        }
        for (TreeSession session : tree.sessions.values()) {
            // an entry of a LinkedHashMap outlives its removal, and its value is never replaced
            sessions.add(new Held(session, new ArrayList<>(session.results.entrySet())));
        }
    }

    static TreeCapture of(NodeTree tree) {
        return new TreeCapture(tree);
    }
}
