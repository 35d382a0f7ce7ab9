package io.conclave.backend.etcd.testing;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.AuthEnableRequest;
import io.etcd.jetcd.api.AuthGrpc;
import io.etcd.jetcd.api.AuthRoleAddRequest;
import io.etcd.jetcd.api.AuthRoleGrantPermissionRequest;
import io.etcd.jetcd.api.AuthUserAddRequest;
import io.etcd.jetcd.api.AuthUserGrantRoleRequest;
import io.etcd.jetcd.api.AuthenticateRequest;
import io.etcd.jetcd.api.ClusterGrpc;
import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseRevokeRequest;
import io.etcd.jetcd.api.MaintenanceGrpc;
import io.etcd.jetcd.api.MemberAddRequest;
import io.etcd.jetcd.api.MemberRemoveRequest;
import io.etcd.jetcd.api.Permission;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.StatusRequest;
import io.etcd.jetcd.api.StatusResponse;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.stub.AbstractBlockingStub;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What an operator asks of one member, through the generated stubs. As user {@code root} once {@link #login} was called. */
public final class EtcdAdmin implements AutoCloseable {
    private static final long LIMIT_SECONDS = 10;
    private static final long PROBE_MILLIS = 1_000;
    private static final Metadata.Key<String> TOKEN = Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

    private final ManagedChannel channel;
    private volatile @Nullable String rootPassword;

    private EtcdAdmin(ManagedChannel channel) {
        this.channel = channel;
    }

    static EtcdAdmin of(int port, Optional<TlsFiles> tls) {
        NettyChannelBuilder channel = NettyChannelBuilder.forAddress(Ports.address(port));
        if (tls.isEmpty()) {
            return new EtcdAdmin(channel.usePlaintext().build());
        }
        TlsFiles files = tls.get();
        try {
            SslContext context = GrpcSslContexts.forClient()
                    .trustManager(files.certificate("ca").toFile())
                    .keyManager(
                            files.certificate("client").toFile(),
                            files.key("client").toFile())
                    .build();
            return new EtcdAdmin(channel.overrideAuthority("localhost:" + port)
                    .sslContext(context)
                    .build());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The connection to the member, for stubs of any kind. */
    public ManagedChannel channel() {
        return channel;
    }

    /** From now on as this user {@code root}. */
    void login(String password) {
        rootPassword = password;
    }

    private <S extends AbstractBlockingStub<S>> S ready(S stub) {
        String password = rootPassword;
        S limited = stub.withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (password == null) {
            return limited;
        }
        AuthenticateRequest asRoot = AuthenticateRequest.newBuilder()
                .setName("root")
                .setPassword(password)
                .build();
        Metadata headers = new Metadata();
        headers.put(
                TOKEN,
                AuthGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(LIMIT_SECONDS, TimeUnit.SECONDS)
                        .authenticate(asRoot)
                        .getToken());
        return limited.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    private KVGrpc.KVBlockingStub kv() {
        return ready(KVGrpc.newBlockingStub(channel));
    }

    private AuthGrpc.AuthBlockingStub auth() {
        return ready(AuthGrpc.newBlockingStub(channel));
    }

    /** Whether the member answers a linearizable read: it is up and sees a quorum. */
    boolean isServing() {
        try {
            channel.resetConnectBackoff();
            KVGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(PROBE_MILLIS, TimeUnit.MILLISECONDS)
                    .range(RangeRequest.newBuilder().setKey(utf8("\0")).build());
            return true;
        } catch (StatusRuntimeException refused) {
            // with authentication on it refuses, but only after it has asked the quorum
            return refused.getStatus().getCode() == io.grpc.Status.Code.INVALID_ARGUMENT;
        }
    }

    /** Whether the member itself says that it leads. */
    boolean isLeading() {
        try {
            channel.resetConnectBackoff();
            StatusResponse status = MaintenanceGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(PROBE_MILLIS, TimeUnit.MILLISECONDS)
                    .status(StatusRequest.getDefaultInstance());
            return status.getLeader() != 0
                    && status.getLeader() == status.getHeader().getMemberId();
        } catch (StatusRuntimeException notServing) {
            return false;
        }
    }

    long memberId() {
        return ready(MaintenanceGrpc.newBlockingStub(channel))
                .status(StatusRequest.getDefaultInstance())
                .getHeader()
                .getMemberId();
    }

    /** The store's revision. */
    public long revision() {
        return kv().range(RangeRequest.newBuilder().setKey(utf8("\0")).build())
                .getHeader()
                .getRevision();
    }

    /** Forgets what was before this revision. */
    public void compact(long revision) {
        kv().compact(CompactionRequest.newBuilder()
                .setRevision(revision)
                .setPhysical(true)
                .build());
    }

    /** Ends a session, as its expiry does: {@code sessionId} is its lease in hexadecimal. */
    public void revoke(String sessionId) {
        ready(LeaseGrpc.newBlockingStub(channel))
                .leaseRevoke(LeaseRevokeRequest.newBuilder()
                        .setID(Long.parseUnsignedLong(sessionId, 16))
                        .build());
    }

    /** Ends all sessions of a namespace, as their expiry does. */
    public void revokeAll(String namespace) {
        String sessions = "/" + namespace + "/.conclave/sessions/";
        RangeRequest all = RangeRequest.newBuilder()
                .setKey(utf8(sessions))
                .setRangeEnd(utf8(sessions + "g")) // after all that is hexadecimal
                .setKeysOnly(true)
                .build();
        kv().range(all).getKvsList().forEach(key -> revoke(Long.toHexString(key.getLease())));
    }

    /** Turns authentication on, with a user {@code root} who may do everything. */
    void enableAuth(String password) {
        addUser("root", password);
        auth().authEnable(AuthEnableRequest.getDefaultInstance());
    }

    /** Makes a user, and a role of the same name for the user. */
    public void addUser(String name, String password) {
        auth().userAdd(AuthUserAddRequest.newBuilder()
                .setName(name)
                .setPassword(password)
                .build());
        auth().roleAdd(AuthRoleAddRequest.newBuilder().setName(name).build());
        auth().userGrantRole(AuthUserGrantRoleRequest.newBuilder()
                .setUser(name)
                .setRole(name)
                .build());
    }

    /** Lets a role do this to all keys from {@code from} to before {@code to}. */
    public void grant(String role, Permission.Type what, ByteString from, ByteString to) {
        auth().roleGrantPermission(AuthRoleGrantPermissionRequest.newBuilder()
                .setName(role)
                .setPerm(Permission.newBuilder().setPermType(what).setKey(from).setRangeEnd(to))
                .build());
    }

    void removeMember(long id) {
        ready(ClusterGrpc.newBlockingStub(channel))
                .memberRemove(MemberRemoveRequest.newBuilder().setID(id).build());
    }

    void addMember(String peerUrl) {
        ready(ClusterGrpc.newBlockingStub(channel))
                .memberAdd(MemberAddRequest.newBuilder().addPeerURLs(peerUrl).build());
    }

    private static ByteString utf8(String text) {
        return ByteString.copyFrom(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
