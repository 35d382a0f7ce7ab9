package io.conclave.it.support;

import com.google.protobuf.ByteString;
import io.conclave.backend.etcd.testing.EtcdServers;
import io.conclave.backend.etcd.testing.Fault;
import io.conclave.backend.etcd.testing.GrpcFaultProxy;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** An etcd server behind a proxy; others use etcd's own stubs and know that the key is the path. What this cannot do: lose the bytes of one side only. */
final class EtcdBehindProxy implements ServerBehindProxy {
    private static final long LIMIT_SECONDS = 10;

    private final EtcdServers servers;
    private final GrpcFaultProxy proxy;

    EtcdBehindProxy(EtcdServers servers) {
        this.servers = servers;
        this.proxy = GrpcFaultProxy.before(servers.clientPort(0));
    }

    @Override
    public String url(String namespace, Duration sessionTimeout) {
        return EtcdProcesses.url(proxy.host(), namespace, sessionTimeout);
    }

    @Override
    public void cutConnections() {
        proxy.dropConnections();
    }

    @Override
    public void fall(Hole hole) {
        if (hole == Hole.SWALLOW_ANSWERS) {
            throw new UnsupportedOperationException(
                    "this proxy tells bytes of the server from those of the client by commit only");
        }
        proxy.cut();
    }

    @Override
    public void climbOut(Hole hole) {
        if (hole == Hole.STALL) {
            proxy.heal();
        } else {
            proxy.healWithReset();
        }
    }

    /** Refuses by silence, and resets the connections in the end. */
    @Override
    public CompletableFuture<?> loseNextReply(Predicate<String> node, boolean thenRefuse) {
        return proxy.atNextCommit(thenRefuse ? Fault.LOSE_REPLY_AND_CUT : Fault.LOSE_REPLY_AND_RESET, node);
    }

    @Override
    public void accept() {
        proxy.healWithReset();
    }

    @Override
    public void endSession(String sessionId) {
        servers.admin(0).revoke(sessionId);
    }

    @Override
    public long lastAnsweredAnewNanos() {
        return proxy.traffic().lastAnswerNanos();
    }

    private KVGrpc.KVBlockingStub others() {
        return KVGrpc.newBlockingStub(servers.admin(0).channel()).withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public List<String> children(String path) {
        RangeRequest below = RangeRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8(path + "/"))
                .setRangeEnd(ByteString.copyFromUtf8(path + "0"))
                .setKeysOnly(true)
                .build();
        return others().range(below).getKvsList().stream()
                .map(found -> found.getKey().toStringUtf8().substring(path.length() + 1))
                .toList();
    }

    @Override
    public List<String> contenders(String lock) {
        return children(lock).stream().filter(name -> name.matches("_[cp]_.*")).toList();
    }

    @Override
    public Optional<Stored> stored(String path) {
        RangeRequest one =
                RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(path)).build();
        return others().range(one).getKvsList().stream().findFirst().map(EtcdBehindProxy::stored);
    }

    private static Stored stored(KeyValue found) {
        return new Stored(found.getValue().toStringUtf8(), found.getVersion() - 1);
    }

    @Override
    public void create(String path, String data) {
        put(path, data);
    }

    @Override
    public void put(String path, String data) {
        others().put(PutRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8(path))
                .setValue(ByteString.copyFromUtf8(data))
                .build());
    }

    @Override
    public void delete(String path) {
        others().deleteRange(DeleteRangeRequest.newBuilder()
                .setKey(ByteString.copyFromUtf8(path))
                .build());
    }

    @Override
    public void contend(String lock) {
        put(lock + "/_c_00000000-0000-0000-0000-000000000000-lock-", "other");
    }

    @Override
    public void close() {
        proxy.close();
    }
}
