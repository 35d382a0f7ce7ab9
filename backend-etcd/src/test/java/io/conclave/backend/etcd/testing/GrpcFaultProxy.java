package io.conclave.backend.etcd.testing;

import io.grpc.HandlerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Stands between one client and one etcd server and forwards calls of any method, message by message, as they are. Each connection of the
 * client has its own to the server, and each ends with the other. What it does on purpose is said at each method; all may be called from
 * any thread, and what they ask for has been done when they return.
 */
public final class GrpcFaultProxy implements AutoCloseable {
    static final Status RESET = Status.UNAVAILABLE.withDescription("reset by the proxy");

    private static final long END_SECONDS = 10;
    /** The server's own limit. */
    private static final int PING_INTERVAL_SECONDS_MIN = 5;

    private final int port = Ports.free();
    private final int serverPort;
    private final ClientConnections connections;
    private final Traffic traffic = new Traffic();
    private final WatchFaults watches = new WatchFaults();
    private final AtomicReference<@Nullable Strike> armed = new AtomicReference<>();
    private final AtomicReference<@Nullable Runnable> held = new AtomicReference<>();
    private volatile long delayNanos;
    private @Nullable Server server;

    private GrpcFaultProxy(int serverPort) {
        this.serverPort = serverPort;
        this.connections = new ClientConnections(serverPort);
    }

    /** Before this port of 127.0.0.1, which needs not be open yet. */
    public static GrpcFaultProxy before(int serverPort) {
        GrpcFaultProxy proxy = new GrpcFaultProxy(serverPort);
        proxy.accept();
        return proxy;
    }

    /** The port for the client. */
    public int port() {
        return port;
    }

    /** {@code 127.0.0.1:port}. */
    public String host() {
        return "127.0.0.1:" + port;
    }

    /** What has passed. */
    public Traffic traffic() {
        return traffic;
    }

    /** How many connections the client has. */
    public int connections() {
        return connections.count();
    }

    /** How many watch streams the client has. */
    public int openWatches() {
        return watches.open();
    }

    /** From now on nothing passes in either direction and nothing is told: no answer to a ping, no end of a connection. */
    public void cut() {
        connections.cut();
    }

    /** Ends {@link #cut}: what was on its way goes on, late, as when TCP repeats what a short outage has lost. */
    public void heal() {
        connections.heal(true);
    }

    /** Ends {@link #cut}: what was on its way is lost with its connection, and the client has to make another. */
    public void healWithReset() {
        connections.heal(false);
    }

    /** Resets the client's connections. It may make new ones. */
    public void dropConnections() {
        connections.resetAll();
    }

    /** Resets the client's connections, and refuses new ones until {@link #accept}. */
    public synchronized void refuse() {
        if (server == null) {
            return;
        }
        connections.shutDoor();
        connections.resetAll();
        server.shutdownNow();
        try {
            if (!server.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the proxy does not end");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        server = null;
    }

    /** Accepts connections again. */
    public synchronized void accept() {
        if (server != null) {
            return;
        }
        try {
            server = NettyServerBuilder.forAddress(Ports.address(port))
                    .channelFactory(connections::newDoor)
                    .bossEventLoopGroup(Loops.DOORS)
                    .workerEventLoopGroup(Loops.WORKERS)
                    .directExecutor()
                    .maxInboundMessageSize(Integer.MAX_VALUE)
                    .permitKeepAliveTime(PING_INTERVAL_SECONDS_MIN, TimeUnit.SECONDS)
                    .addTransportFilter(new ServerLinks(serverPort, connections))
                    .fallbackHandlerRegistry(new AnyMethod())
                    .build()
                    .start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Every answer, event and end reaches the client at least this long after the server sent it; zero ends it. */
    public void delayAnswers(Duration delay) {
        delayNanos = delay.toNanos();
    }

    /**
     * Does this to the next commit: a transaction that writes. Replaces what waited before.
     *
     * @return completes when it is done: for lost answers when the server has answered. To cancel it is to disarm it.
     */
    public CompletableFuture<Void> atNextCommit(Fault fault) {
        return atNextCommit(List.of(this), fault);
    }

    /** The same to the next commit that writes such a key. */
    public CompletableFuture<Void> atNextCommit(Fault fault, Predicate<String> key) {
        return atNextCommit(List.of(this), new Strike(fault, key));
    }

    /** Does this to the next commit at any of them, once. */
    public static CompletableFuture<Void> atNextCommit(Collection<GrpcFaultProxy> proxies, Fault fault) {
        return atNextCommit(proxies, new Strike(fault, key -> true));
    }

    private static CompletableFuture<Void> atNextCommit(Collection<GrpcFaultProxy> proxies, Strike strike) {
        proxies.forEach(proxy -> proxy.armed.set(strike));
        return strike.done;
    }

    /** Lets the commit that is held go on to the server: false if none is. */
    public boolean release() {
        Runnable commit = held.getAndSet(null);
        if (commit != null) {
            commit.run();
        }
        return commit != null;
    }

    /** Ends the stream of the next watch right after the server has confirmed it, before its first event. */
    public void breakWatchAfterCreated() {
        breakWatchAfterCreated(RESET);
    }

    /** The same, with this status; {@code OK} is an end without a reason. */
    public void breakWatchAfterCreated(Status status) {
        watches.breakAfterCreated(status);
    }

    /** Ends all watch streams now and, when they are made again, ends them at once, so that it is done so many times in all. */
    public void breakWatches(int times) {
        breakWatches(times, RESET);
    }

    /** The same, with this status; {@code OK} is an end without a reason. */
    public void breakWatches(int times, Status status) {
        watches.breakStreams(times, status);
    }

    /** A connection to the server that does not end with the client's. */
    ManagedChannel connect() {
        return ServerLinks.connect(serverPort);
    }

    long delay() {
        return delayNanos;
    }

    WatchFaults watches() {
        return watches;
    }

    /** What is to be done to this message of a client; null if nothing is. */
    @Nullable
    Strike takeStrike(String method, byte[] message) {
        Strike strike = armed.get();
        boolean meant = strike != null && Traffic.isCommit(method, message, strike.key);
        return meant && armed.compareAndSet(strike, null) && strike.take() ? strike : null;
    }

    void hold(Runnable commit) {
        held.set(commit);
    }

    @Override
    public void close() {
        refuse();
    }

    private final class AnyMethod extends HandlerRegistry {
        @Override
        public ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
            MethodDescriptor<byte[], byte[]> method = MethodDescriptor.newBuilder(Raw.BYTES, Raw.BYTES)
                    .setType(MethodDescriptor.MethodType.UNKNOWN)
                    .setFullMethodName(name)
                    .build();
            return ServerMethodDefinition.create(method, this::forward);
        }

        private ServerCall.Listener<byte[]> forward(ServerCall<byte[], byte[]> client, Metadata headers) {
            ManagedChannel toServer = ServerLinks.of(client.getAttributes());
            ProxiedCall call = new ProxiedCall(GrpcFaultProxy.this, toServer, client, headers);
            call.begin();
            return call;
        }
    }
}
