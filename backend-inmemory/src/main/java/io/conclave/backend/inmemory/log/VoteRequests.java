package io.conclave.backend.inmemory.log;

import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.rpc.RaftServerService;
import com.alipay.sofa.jraft.rpc.RpcRequestClosure;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteRequest;
import com.alipay.sofa.jraft.rpc.RpcRequests.RequestVoteResponse;
import com.alipay.sofa.jraft.rpc.impl.core.RequestVoteRequestProcessor;
import com.google.protobuf.Message;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;

/** Requests of others for votes: answered by the engine if this member may vote, else with no. */
final class VoteRequests extends RequestVoteRequestProcessor {
    private final VotingRight right;
    private final ToIntFunction<PeerId> ids;
    private final LongSupplier term;

    VoteRequests(Executor executor, VotingRight right, ToIntFunction<PeerId> ids, LongSupplier term) {
        super(executor);
        this.right = right;
        this.ids = ids;
        this.term = term;
    }

    @Override
    public Message processRequest0(RaftServerService node, RequestVoteRequest request, RpcRequestClosure done) {
        PeerId from = new PeerId();
        int member = from.parse(request.getServerId()) ? ids.applyAsInt(from) : 0;
        if (right.asked(member, request.getPreVote(), request.getTerm(), request.getLastLogIndex())) {
            return super.processRequest0(node, request, done);
        }
        return RequestVoteResponse.newBuilder()
                .setTerm(term.getAsLong())
                .setGranted(false)
                .build();
    }
}
