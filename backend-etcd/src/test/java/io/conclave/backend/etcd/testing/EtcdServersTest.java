package io.conclave.backend.etcd.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.etcd.jetcd.api.AuthGrpc;
import io.etcd.jetcd.api.AuthenticateRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.LeaseGrantResponse;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseTimeToLiveRequest;
import io.etcd.jetcd.api.Permission;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The servers do what their methods say. */
class EtcdServersTest {
    private static EtcdServers one;

    @BeforeAll
    static void start() {
        one = EtcdServers.one();
    }

    @AfterAll
    static void stop() {
        if (one != null) {
            one.close();
        }
    }

    private static KVGrpc.KVBlockingStub kv(Channel channel) {
        return KVGrpc.newBlockingStub(channel).withDeadlineAfter(10, TimeUnit.SECONDS);
    }

    private static KVGrpc.KVBlockingStub kv(EtcdServers servers, int index) {
        return kv(servers.admin(index).channel()).withWaitForReady();
    }

    private static LeaseGrpc.LeaseBlockingStub leases() {
        return LeaseGrpc.newBlockingStub(one.admin(0).channel()).withDeadlineAfter(10, TimeUnit.SECONDS);
    }

    private static Status.Code refusal(Runnable call) {
        try {
            call.run();
        } catch (StatusRuntimeException refused) {
            return refused.getStatus().getCode();
        }
        throw new AssertionError("it succeeded");
    }

    @Test
    void theShortestLeaseIsAsSaid() {
        assertThat(leases().leaseGrant(Requests.lease(1)).getTTL()).isEqualTo(EtcdServers.MIN_LEASE_TTL.toSeconds());
    }

    @Test
    void aRevokedLeaseIsGone() {
        LeaseGrantResponse lease = leases().leaseGrant(Requests.lease(60));
        one.admin(0).revoke(Long.toHexString(lease.getID()));
        LeaseTimeToLiveRequest ask =
                LeaseTimeToLiveRequest.newBuilder().setID(lease.getID()).build();
        assertThat(leases().leaseTimeToLive(ask).getTTL()).isEqualTo(-1);
    }

    @Test
    void whatIsCompactedIsGone() {
        kv(one, 0).put(Requests.put("compacted", "1"));
        long before = one.admin(0).revision();
        kv(one, 0).put(Requests.put("compacted", "2"));
        one.admin(0).compact(one.admin(0).revision());
        RangeRequest old =
                Requests.get("compacted").toBuilder().setRevision(before).build();
        assertThat(refusal(() -> kv(one, 0).range(old))).isEqualTo(Status.Code.OUT_OF_RANGE);
    }

    @Test
    void aKilledServerKeepsWhatItHad() {
        kv(one, 0).put(Requests.put("kept", "1"));
        long before = one.admin(0).revision();
        long pid = one.pid(0);
        one.kill(0);
        assertThat(ProcessHandle.of(pid)).isEmpty();
        one.start(0);
        one.awaitServing();
        assertThat(one.pid(0)).isNotEqualTo(pid);
        assertThat(one.admin(0).revision()).isGreaterThanOrEqualTo(before);
        assertThat(kv(one, 0).range(Requests.get("kept")).getCount()).isEqualTo(1);
    }

    @Test
    void aFrozenServerAnswersWhenItGoesOn() throws InterruptedException {
        one.freeze(0);
        Replies<RangeResponse> replies = new Replies<>();
        KVGrpc.newStub(one.admin(0).channel()).range(Requests.get("any"), replies);
        assertThat(refusal(() ->
                        kv(one, 0).withDeadlineAfter(100, TimeUnit.MILLISECONDS).range(Requests.get("any"))))
                .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        assertThat(replies.isSilent()).isTrue();
        one.resume(0);
        replies.next();
    }

    @Test
    void aServerFromNothingHasNothing() {
        try (EtcdServers servers = EtcdServers.one()) {
            kv(servers, 0).put(Requests.put("forgotten", "1"));
            servers.startFromNothing();
            assertThat(servers.admin(0).revision()).isEqualTo(1);
        }
    }

    @Test
    void threeServersOutliveTheirLeaderAndTakeItBack() {
        try (EtcdServers servers = EtcdServers.three()) {
            int first = servers.leader();
            servers.kill(first);
            int second = servers.leader();
            assertThat(second).isNotEqualTo(first);
            kv(servers, second).put(Requests.put("agreed", "1"));
            servers.start(first);
            servers.awaitServing();
            assertThat(kv(servers, first).range(Requests.get("agreed")).getCount())
                    .isEqualTo(1);
            servers.replace(first);
            servers.awaitServing();
            assertThat(kv(servers, first).range(Requests.get("agreed")).getCount())
                    .isEqualTo(1);
        }
    }

    @Test
    void withAuthenticationAUserMayWhatItsRoleMay() {
        try (EtcdServers servers = EtcdServers.one()) {
            servers.admin(0).addUser("alice", "wonder");
            servers.admin(0).grant("alice", Permission.Type.READWRITE, Requests.utf8("app/"), Requests.utf8("app0"));
            servers.enableAuth("root-secret");
            assertThat(servers.admin(0).revision()).isPositive();
            KVGrpc.KVBlockingStub alice = as(servers, "alice", "wonder");
            alice.put(Requests.put("app/a", "1"));
            assertThat(refusal(() -> alice.put(Requests.put("other", "1")))).isEqualTo(Status.Code.PERMISSION_DENIED);
            servers.restart();
            assertThat(refusal(() -> kv(servers, 0).put(Requests.put("app/a", "2"))))
                    .isEqualTo(Status.Code.INVALID_ARGUMENT);
            as(servers, "alice", "wonder").put(Requests.put("app/a", "3"));
        }
    }

    private static KVGrpc.KVBlockingStub as(EtcdServers servers, String user, String password) {
        Channel channel = servers.admin(0).channel();
        AuthenticateRequest request = AuthenticateRequest.newBuilder()
                .setName(user)
                .setPassword(password)
                .build();
        Metadata token = new Metadata();
        token.put(
                Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER),
                AuthGrpc.newBlockingStub(channel).authenticate(request).getToken());
        return kv(channel).withInterceptors(MetadataUtils.newAttachHeadersInterceptor(token));
    }

    @Test
    void withTlsOnlyAClientWithTheRightCertificateIsServed() throws IOException {
        try (EtcdServers servers = EtcdServers.of(1).tls().start()) {
            kv(servers, 0).put(Requests.put("secret", "1"));
            assertThat(putWith(servers, "localhost", "client")).isEqualTo(Status.Code.OK);
            assertThat(putWith(servers, "localhost", "stranger")).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(putWith(servers, "127.0.0.1", "client")).isEqualTo(Status.Code.UNAVAILABLE);
        }
    }

    private static Status.Code putWith(EtcdServers servers, String host, String identity) throws IOException {
        TlsFiles files = servers.tls();
        ManagedChannel channel = NettyChannelBuilder.forAddress(Ports.address(servers.clientPort(0)))
                .overrideAuthority(host + ":" + servers.clientPort(0))
                .sslContext(GrpcSslContexts.forClient()
                        .trustManager(files.certificate("ca").toFile())
                        .keyManager(
                                files.certificate(identity).toFile(),
                                files.key(identity).toFile())
                        .build())
                .build();
        try {
            kv(channel).put(Requests.put("secret", "2"));
            return Status.Code.OK;
        } catch (StatusRuntimeException refused) {
            return refused.getStatus().getCode();
        } finally {
            channel.shutdownNow();
        }
    }

    @Test
    void aServerThatEndsAtOnceIsToldWithItsReason() {
        assertThatThrownBy(() -> EtcdServers.of(1).with("--no-such-flag").start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no-such-flag");
    }

    @Test
    void closedServersLeaveNothing() {
        EtcdServers servers = EtcdServers.one();
        long pid = servers.pid(0);
        assertThat(Files.exists(servers.directory())).isTrue();
        servers.freeze(0);
        servers.close();
        assertThat(ProcessHandle.of(pid)).isEmpty();
        assertThat(Files.exists(servers.directory())).isFalse();
    }
}
