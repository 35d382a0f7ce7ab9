package io.conclave.backend.etcd.testing;

import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.ServerChannel;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The TCP connections of the clients, below gRPC. Cut off, none passes a byte on, not even the answer to a ping; new ones are not accepted
 * but wait in the system's queue.
 */
final class ClientConnections {
    private static final int CONNECT_LIMIT_MILLIS = 1_000;

    private final int serverPort;
    private final Map<SocketAddress, Gate> gates = new ConcurrentHashMap<>();
    private final Object lock = new Object();
    private @Nullable Channel door;
    private boolean cut;

    ClientConnections(int serverPort) {
        this.serverPort = serverPort;
    }

    /** A listening socket for gRPC. */
    ServerChannel newDoor() {
        Door made = new Door();
        synchronized (lock) {
            door = made;
            made.config().setAutoRead(!cut);
        }
        return made;
    }

    /** No connection is accepted any more, and none waits. */
    void shutDoor() {
        Channel shut;
        synchronized (lock) {
            shut = door;
            door = null;
        }
        if (shut != null) {
            shut.close().syncUninterruptibly();
        }
    }

    void cut() {
        synchronized (lock) {
            cut = true;
            if (door != null) {
                door.config().setAutoRead(false);
            }
            gates.values().forEach(Gate::shut);
        }
    }

    /** Delivers what was kept back, or resets what was connected. */
    void heal(boolean deliver) {
        synchronized (lock) {
            cut = false;
            if (deliver) {
                gates.values().stream().filter(Gate::isShut).forEach(Gate::open);
            } else {
                reset(Gate::isShut);
            }
            if (door != null) {
                door.config().setAutoRead(true);
            }
        }
    }

    void resetAll() {
        reset(gate -> true);
    }

    private void reset(Predicate<Gate> which) {
        gates.values().stream().filter(which).map(Gate::reset).toList().forEach(ChannelFuture::syncUninterruptibly);
    }

    /** Ends the connection of this client address, soon. */
    void reset(SocketAddress client) {
        Gate gate = gates.get(client);
        if (gate != null) {
            gate.reset();
        }
    }

    int count() {
        return gates.size();
    }

    /** False, and the connection is reset, if the server would refuse one. */
    private boolean admit(Channel channel) {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        if (!serverAccepts()) {
            channel.unsafe().closeForcibly();
            return false;
        }
        SocketAddress client = channel.remoteAddress();
        Gate gate = new Gate(channel);
        channel.pipeline().addFirst(gate);
        synchronized (lock) {
            gates.put(client, gate);
            if (cut) {
                gate.shut();
            }
        }
        channel.closeFuture().addListener(closed -> gates.remove(client, gate));
        return true;
    }

    /** Whether the server's own port is open: if not, a client of this one must not believe to be connected. */
    private boolean serverAccepts() {
        try (Socket trial = new Socket()) {
            trial.connect(Ports.address(serverPort), CONNECT_LIMIT_MILLIS);
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    private final class Door extends NioServerSocketChannel {
        @Override
        protected int doReadMessages(List<Object> accepted) throws Exception {
            int count = super.doReadMessages(accepted);
            int last = accepted.size() - 1;
            if (count > 0 && !admit((Channel) accepted.get(last))) {
                accepted.remove(last);
            }
            return count;
        }
    }
}
