package io.conclave.backend.etcd.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.TxnResponse;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** One server, a proxy before it, and etcd's own stubs before that. */
abstract class ProxyFixture {
    /** A call that is not answered is given up after this. */
    private static final int GIVE_UP_MILLIS = 150;

    static final Duration LIMIT = Duration.ofSeconds(10);
    static EtcdServers servers;

    final GrpcFaultProxy proxy = GrpcFaultProxy.before(servers.clientPort(0));
    ManagedChannel channel;
    String key;

    @BeforeAll
    static void startServer() {
        servers = EtcdServers.one();
    }

    @AfterAll
    static void stopServer() {
        if (servers != null) {
            servers.close();
        }
    }

    @BeforeEach
    void connect() {
        channel = NettyChannelBuilder.forAddress(Ports.address(proxy.port()))
                .usePlaintext()
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .build();
        key = "key-" + proxy.port();
    }

    @AfterEach
    void disconnect() {
        channel.shutdownNow();
        proxy.close();
    }

    KVGrpc.KVBlockingStub kv() {
        return KVGrpc.newBlockingStub(channel).withDeadlineAfter(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    }

    KVGrpc.KVBlockingStub impatient() {
        return KVGrpc.newBlockingStub(channel).withDeadlineAfter(GIVE_UP_MILLIS, TimeUnit.MILLISECONDS);
    }

    Replies<TxnResponse> send(String value) {
        Replies<TxnResponse> replies = new Replies<>();
        KVGrpc.newStub(channel).txn(Requests.commit(key, value), replies);
        return replies;
    }

    /** Without the proxy. */
    static KVGrpc.KVBlockingStub direct() {
        return KVGrpc.newBlockingStub(servers.admin(0).channel());
    }

    /** What the server has, asked without the proxy. */
    String stored() {
        RangeResponse found = direct().range(Requests.get(key));
        return found.getCount() == 0 ? "nothing" : found.getKvs(0).getValue().toStringUtf8();
    }

    static Status.Code code(Runnable call) {
        try {
            call.run();
            return Status.Code.OK;
        } catch (StatusRuntimeException failure) {
            return failure.getStatus().getCode();
        }
    }

    Replies<WatchResponse> watch() throws InterruptedException {
        Replies<WatchResponse> replies = new Replies<>();
        startWatch(replies);
        assertThat(replies.next().getCreated()).isTrue();
        return replies;
    }

    void startWatch(Replies<WatchResponse> replies) {
        WatchGrpc.newStub(channel).watch(replies).onNext(Requests.watch(key));
    }

    static void await(CompletableFuture<Void> done) throws Exception {
        done.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
    }
}
