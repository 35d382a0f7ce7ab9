package io.conclave.backend.etcd.testing;

import io.grpc.Attributes;
import io.grpc.ConnectivityState;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.ServerTransportFilter;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import java.net.SocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Gives each connection of a client one to the server; each ends with the other. */
final class ServerLinks extends ServerTransportFilter {
    private static final Attributes.Key<ManagedChannel> TO_SERVER = Attributes.Key.create("to-server");

    private final int serverPort;
    private final ClientConnections connections;

    ServerLinks(int serverPort, ClientConnections connections) {
        this.serverPort = serverPort;
        this.connections = connections;
    }

    static ManagedChannel of(Attributes attributes) {
        return Objects.requireNonNull(attributes.get(TO_SERVER));
    }

    static ManagedChannel connect(int serverPort) {
        return NettyChannelBuilder.forAddress(Ports.address(serverPort))
                .channelType(NioSocketChannel.class)
                .eventLoopGroup(Loops.WORKERS)
                .directExecutor()
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .usePlaintext()
                .build();
    }

    @Override
    public Attributes transportReady(Attributes attributes) {
        SocketAddress client = Objects.requireNonNull(attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
        ManagedChannel toServer = connect(serverPort);
        follow(toServer, toServer.getState(true), false, client);
        return attributes.toBuilder().set(TO_SERVER, toServer).build();
    }

    @Override
    public void transportTerminated(@Nullable Attributes ofReady) {
        ManagedChannel toServer = ofReady == null ? null : ofReady.get(TO_SERVER);
        if (toServer != null) {
            toServer.shutdownNow();
        }
    }

    /** Ends the client's connection when that to the server ends, or cannot be made. */
    private void follow(ManagedChannel toServer, ConnectivityState state, boolean wasReady, SocketAddress client) {
        boolean ready = state == ConnectivityState.READY;
        if (state == ConnectivityState.TRANSIENT_FAILURE || (wasReady && !ready)) {
            connections.reset(client);
        } else if (state != ConnectivityState.SHUTDOWN) {
            toServer.notifyWhenStateChanged(
                    state, () -> follow(toServer, toServer.getState(false), wasReady || ready, client));
        }
    }
}
