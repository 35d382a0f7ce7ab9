package io.conclave.backend.inmemory.log;

import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesResponse;
import com.alipay.sofa.jraft.rpc.RpcRequests.InstallSnapshotRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.util.Endpoint;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What one member knows of the others from the messages that pass. */
final class PeerTraffic {
    final int memberId;
    private final Links links;
    private final BooleanSupplier votes;
    private final Map<Endpoint, Integer> ids;
    private final Map<Integer, Long> matched = new ConcurrentHashMap<>();
    private final Map<Integer, AtomicInteger> installs = new ConcurrentHashMap<>();

    PeerTraffic(int memberId, Map<Endpoint, Integer> ids, Links links, BooleanSupplier votes) {
        this.memberId = memberId;
        this.votes = votes;
        this.ids = Map.copyOf(ids);
        this.links = links;
        ids.values().forEach(id -> installs.put(id, new AtomicInteger()));
    }

    /** Whether this member may send that: one that may not vote does not ask for votes. */
    boolean maySend(Object request) {
        return !(request instanceof RequestVoteRequest vote) || vote.getPreVote() || votes.getAsBoolean();
    }

    /** The member at an address; 0 for a stranger. */
    int memberAt(Endpoint endpoint) {
        return ids.getOrDefault(endpoint, 0);
    }

    /** How late a request to another member is, or, with the roles changed, a response. */
    long delayMillis(int from, int to, Object message) {
        return links instanceof MessageLinks precise
                ? precise.delayMillis(from, to, message)
                : links.delayMillis(from, to);
    }

    void sent(int to, Object request) {
        if (request instanceof InstallSnapshotRequest) {
            count(to, 1);
        }
    }

    void answered(int from, Object request, @Nullable Object response) {
        if (request instanceof InstallSnapshotRequest) {
            count(from, -1);
        }
        if (response instanceof AppendEntriesResponse appended && appended.getSuccess()) {
            matched.put(from, appended.getLastLogIndex());
        }
    }

    private void count(int member, int change) {
        AtomicInteger running = installs.get(member);
        if (running != null) {
            running.addAndGet(change);
        }
    }

    LogStatus.Peer peer(int member, boolean reachable) {
        AtomicInteger running = installs.get(member);
        return new LogStatus.Peer(matched.getOrDefault(member, 0L), reachable, running != null && running.get() > 0);
    }
}
