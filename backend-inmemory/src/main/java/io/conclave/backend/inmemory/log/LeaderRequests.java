package io.conclave.backend.inmemory.log;

import com.alipay.sofa.jraft.rpc.RaftServerService;
import com.alipay.sofa.jraft.rpc.RpcRequestClosure;
import com.alipay.sofa.jraft.rpc.RpcRequests.AppendEntriesRequest;
import com.alipay.sofa.jraft.rpc.impl.core.AppendEntriesRequestProcessor;
import com.google.protobuf.Message;
import java.util.concurrent.Executor;

/** What a leader sends, which also tells a member that may not vote yet how far it is behind. */
final class LeaderRequests extends AppendEntriesRequestProcessor {
    /** Hears of a leader. */
    interface Led {
        /** A leader of that term knows entries up to there to be agreed. */
        void by(long term, long committed);
    }

    private final Led led;

    LeaderRequests(Executor executor, Led led) {
        super(executor);
        this.led = led;
    }

    @Override
    public Message processRequest0(RaftServerService node, AppendEntriesRequest request, RpcRequestClosure done) {
        led.by(request.getTerm(), request.getCommittedIndex());
        return super.processRequest0(node, request, done);
    }
}
