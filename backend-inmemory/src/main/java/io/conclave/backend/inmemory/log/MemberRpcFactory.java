package io.conclave.backend.inmemory.log;

import com.alipay.sofa.jraft.rpc.RpcClient;
import com.alipay.sofa.jraft.rpc.impl.BoltRaftRpcFactory;
import com.alipay.sofa.jraft.util.SPI;
import org.jspecify.annotations.Nullable;

/**
 * Internal; public because the engine finds it by its service file. Makes the engine's clients: for members of ours with their {@link Links} in between, for anybody else in the JVM as the engine does without us.
 */
@SPI(priority = 100)
public final class MemberRpcFactory extends BoltRaftRpcFactory {
    /** Set while a member's node is being made, which makes its client on the same thread. */
    private static final ThreadLocal<@Nullable PeerTraffic> MEMBER = new ThreadLocal<>();

    /** For the engine. */
    public MemberRpcFactory() {}

    static void runFor(PeerTraffic member, Runnable makesNode) {
        MEMBER.set(member);
        try {
            makesNode.run();
        } finally {
            MEMBER.remove();
        }
    }

    @Override
    public RpcClient createRpcClient(@Nullable ConfigHelper<RpcClient> helper) {
        RpcClient client = super.createRpcClient(helper);
        PeerTraffic member = MEMBER.get();
        return member == null ? client : new MemberRpcClient(client, member);
    }
}
