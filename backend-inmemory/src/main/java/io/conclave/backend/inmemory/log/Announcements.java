package io.conclave.backend.inmemory.log;

import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.core.NodeImpl;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import com.alipay.sofa.jraft.rpc.RpcResponseClosureAdapter;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member that may not vote yet says to the others again and again that it is here, and what its last entry is, by a request for the promise of a vote; each would send one anyway, but not before its election time-out. It says so once more when it may vote.
 */
final class Announcements {
    private static final Logger log = LoggerFactory.getLogger(Announcements.class);

    /**
     * What a member says of itself.
     *
     * @param term its term
     * @param lastEntry its last entry, 0 if its log is empty
     * @param lastTerm the term of that
     */
    record Standing(long term, long lastEntry, long lastTerm) {}

    private final NodeImpl node;
    private final List<PeerId> others;
    private final VotingRight right;
    private final Supplier<Standing> standing;
    private final Executor executor;
    private final long everyMillis;

    Announcements(
            NodeImpl node,
            List<PeerId> others,
            VotingRight right,
            Supplier<Standing> standing,
            Executor executor,
            long everyMillis) {
        this.node = node;
        this.others = others;
        this.right = right;
        this.standing = standing;
        this.executor = executor;
        this.everyMillis = everyMillis;
    }

    /** Begins, and ends by itself. */
    void start() {
        try {
            executor.execute(this::announce);
        } catch (RejectedExecutionException closing) {
            log.debug("nothing is announced while the log is being closed");
        }
    }

    private void announce() {
        boolean last = right.isVoter();
        Standing now = standing.get();
        for (PeerId peer : others) {
            RequestVoteRequest request = RequestVoteRequest.newBuilder()
                    .setPreVote(true)
                    .setGroupId(node.getGroupId())
                    .setServerId(node.getNodeId().getPeerId().toString())
                    .setPeerId(peer.toString())
                    .setTerm(now.term() + 1)
                    .setLastLogIndex(now.lastEntry())
                    .setLastLogTerm(now.lastTerm())
                    .build();
            var unused = node.getRpcService().preVote(peer.getEndpoint(), request, new Unheard());
        }
        if (!last) {
            try {
                var unused = node.getTimerManager().schedule(this::start, everyMillis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException closing) {
                log.debug("nothing more is announced while the log is being closed");
            }
        }
    }

    /** The answer says nothing that counts: the others' own requests do. */
    private static final class Unheard extends RpcResponseClosureAdapter<RequestVoteResponse> {
        @Override
        public void run(Status status) {
            log.trace("announced: {}", status);
        }
    }
}
