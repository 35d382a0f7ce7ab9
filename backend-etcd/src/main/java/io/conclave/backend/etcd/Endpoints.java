package io.conclave.backend.etcd;

import io.conclave.spi.Timekeeper;
import io.conclave.spi.TlsOptions;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * One channel for each server, made when it is first needed. Everybody uses the same one until it is suspected; then everybody moves to the
 * next. A balancer that spreads calls over all servers would lose every third call to a frozen one.
 */
final class Endpoints {
    /** A reply may hold what many queries ask for. What one page of a listing may hold is bounded by its limit. */
    private static final int REPLY_BYTES_MOST = 256 << 20;

    /** A fixed window: to find a better one, the transport would send a ping after each answer. */
    private static final int WINDOW_BYTES = 4 << 20;

    /** Servers end connections that ping more often than each 5 s. */
    private static final long PING_SECONDS = 10;

    private static final long PAUSE_NANOS = Duration.ofMillis(500).toNanos();

    /** One server and the way to it. */
    record Endpoint(String server, ManagedChannel channel) {}

    private final Timekeeper timekeeper;
    private final ChannelCredentials credentials;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Object lock = new Object();
    private final Map<String, Endpoint> open = new LinkedHashMap<>();
    private List<String> servers;
    private int current;
    private volatile int movesInVain;
    private long lastMove;
    private boolean closed;

    Endpoints(Timekeeper timekeeper, List<String> servers, Optional<TlsOptions> tls) {
        this.timekeeper = timekeeper;
        this.servers = List.copyOf(servers);
        this.credentials = tls.map(Tls::credentials).orElseGet(InsecureChannelCredentials::create);
        this.current = ThreadLocalRandom.current().nextInt(servers.size());
    }

    /** Hears, on any thread, that another endpoint is used from now on, or a new connection to the same one. */
    void addListener(Runnable listener) {
        listeners.add(listener);
    }

    void removeListener(Runnable listener) {
        listeners.remove(listener);
    }

    int count() {
        synchronized (lock) {
            return servers.size();
        }
    }

    Endpoint current() {
        synchronized (lock) {
            return open.computeIfAbsent(servers.get(current), this::connect);
        }
    }

    private Endpoint connect(String server) {
        ManagedChannel channel = NettyChannelBuilder.forTarget(server, credentials)
                .flowControlWindow(WINDOW_BYTES)
                .executor(timekeeper.executor()) // not the transport's threads: a slow listener would hold up other
                // sessions
                .maxInboundMessageSize(REPLY_BYTES_MOST)
                .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(PING_SECONDS, TimeUnit.SECONDS)
                .disableRetry()
                .build();
        if (closed) {
            channel.shutdownNow();
        }
        return new Endpoint(server, channel);
    }

    /** This endpoint has answered. */
    void trust(Endpoint used) {
        if (movesInVain != 0) {
            synchronized (lock) {
                movesInVain = used.server().equals(servers.get(current)) ? 0 : movesInVain;
            }
        }
    }

    /**
     * This endpoint has not answered: everybody moves on, if nobody has moved before. Once round in vain, the next moves take their time: who moves
     * tries at once, and would fail at once where nobody listens.
     */
    void suspect(Endpoint used) {
        Endpoint next;
        synchronized (lock) {
            long now = timekeeper.nanoTime();
            boolean tooSoon = movesInVain >= servers.size() && now - lastMove < PAUSE_NANOS;
            if (closed || tooSoon || !used.server().equals(servers.get(current))) {
                return;
            }
            movesInVain++;
            lastMove = now;
            current = (current + 1) % servers.size();
            next = open.get(servers.get(current));
        }
        used.channel().enterIdle();
        if (next != null) {
            next.channel().resetConnectBackoff();
        }
        listeners.forEach(Runnable::run);
    }

    /** Uses these servers from now on. */
    void update(List<String> newServers) {
        List<Endpoint> gone = new ArrayList<>();
        boolean moved;
        synchronized (lock) {
            String used = servers.get(current);
            servers = List.copyOf(newServers);
            moved = !servers.contains(used);
            current = moved ? ThreadLocalRandom.current().nextInt(servers.size()) : servers.indexOf(used);
            open.values().removeIf(endpoint -> {
                boolean unused = !servers.contains(endpoint.server());
                if (unused) {
                    gone.add(endpoint);
                }
                return unused;
            });
        }
        if (moved) {
            listeners.forEach(Runnable::run);
        }
        gone.forEach(endpoint -> endpoint.channel().shutdown());
    }

    void close() {
        List<Endpoint> all;
        synchronized (lock) {
            closed = true;
            all = List.copyOf(open.values());
        }
        all.forEach(endpoint -> endpoint.channel().shutdownNow());
    }
}
