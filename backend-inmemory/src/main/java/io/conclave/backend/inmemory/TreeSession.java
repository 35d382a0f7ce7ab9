package io.conclave.backend.inmemory;

import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A session as the tree knows it: who owns what, and what became of its latest operations. */
final class TreeSession {
    /** How many results are kept at least: all that can be in flight, and so in doubt at once when the connection breaks. */
    static final int RESULTS_KEPT = StoreSession.REQUESTS_MAX;

    final String id;
    /** By which the client may ask for it again; empty if it does not. */
    final String key;

    final long nonce;
    final long incarnation;
    final long ttlMillis;
    final TreeSet<NodePath> ephemerals = new TreeSet<>();
    /** In the order in which they were first heard of. */
    final Map<OpId, OpRecord> results = new LinkedHashMap<>();

    TreeSession(String id, String key, long nonce, long incarnation, long ttlMillis) {
        this.id = id;
        this.key = key;
        this.nonce = nonce;
        this.incarnation = incarnation;
        this.ttlMillis = ttlMillis;
    }

    /**
     * Keeps a result. The oldest go once there are more than {@link #RESULTS_KEPT}, but never one that the client has not settled; how
     * many of those there can be is bounded by the client.
     */
    void remember(OpId opId, OpRecord result, Set<OpId> unsettled) {
        results.put(opId, result);
        Iterator<OpId> eldest = results.keySet().iterator();
        while (results.size() > RESULTS_KEPT && eldest.hasNext()) {
            if (!unsettled.contains(eldest.next())) {
                eldest.remove();
            }
        }
    }
}
