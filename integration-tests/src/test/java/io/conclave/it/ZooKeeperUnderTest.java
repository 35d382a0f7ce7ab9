package io.conclave.it;

import io.conclave.it.support.FaultProxy;
import io.conclave.it.support.Reply;
import io.conclave.it.support.Request;
import io.conclave.it.support.ZooKeeperServers;
import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendProvider;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Session;
import io.conclave.spi.Timekeeper;
import io.conclave.tck.BackendUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs;

/**
 * The ZooKeeper backend on real server processes, for the conformance kit. Each client reaches each server through a proxy of its own, which makes the faults. What this cannot do: set
 * the number of the next sequential node.
 */
final class ZooKeeperUnderTest implements BackendUnderTest {
    static final int TICK_MILLIS = 250;

    private static final Duration TTL = Duration.ofSeconds(2);
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(15);
    private static final String RESERVED = "/.conclave";

    private final ZooKeeperServers servers;
    private final BackendProvider provider;
    private final Map<Backend, List<FaultProxy>> proxies = new ConcurrentHashMap<>();

    /** Takes over the servers, and closes them. */
    ZooKeeperUnderTest(ZooKeeperServers servers) {
        this.servers = servers;
        this.provider = ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(candidate -> candidate.schemes().contains("zookeeper"))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public CompletionStage<Backend> connect(String namespace) {
        List<FaultProxy> own = new ArrayList<>();
        try {
            for (int i = 0; i < servers.count(); i++) {
                own.add(FaultProxy.before(servers.port(i)));
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        String hosts = own.stream().map(FaultProxy::host).collect(Collectors.joining(","));
        BackendUrl url = BackendUrl.parse(ZooKeeperServers.url(hosts, "/" + namespace, TTL));
        Timekeeper time = timekeeper();
        return provider.connect(BackendConfig.of(url, time, time.deadlineAfter(CONNECT_LIMIT)))
                .thenApply(backend -> {
                    proxies.put(backend, own);
                    return backend;
                });
    }

    @Override
    public Timekeeper timekeeper() {
        return Timekeeper.system();
    }

    @Override
    public int parallelism() {
        return 8;
    }

    @Override
    public Duration sessionTtl() {
        return TTL;
    }

    @Override
    public boolean expire(Session session) {
        long sessionId = Long.parseUnsignedLong(session.id().replaceFirst("^0x", ""), 16);
        try {
            for (List<FaultProxy> own : proxies.values()) {
                for (FaultProxy proxy : own) {
                    if (proxy.endSession(sessionId)) {
                        return true;
                    }
                }
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        throw new IllegalStateException("session " + session.id() + " was not opened through a proxy");
    }

    @Override
    public boolean cut(Backend client) {
        return setMode(client, FaultProxy.Mode.STALL);
    }

    @Override
    public boolean heal(Backend client) {
        return setMode(client, FaultProxy.Mode.PASS);
    }

    private boolean setMode(Backend client, FaultProxy.Mode mode) {
        try {
            for (FaultProxy proxy : own(client)) {
                proxy.mode(mode);
            }
            return true;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @Override
    public boolean dropReplyOfNextCommit(Backend client) {
        return strikeOnce(
                client,
                ZooKeeperUnderTest::isCommit,
                (proxy, commit) -> proxy.dropNextReply(commit, ZooKeeperUnderTest::isJudged, FaultProxy.Mode.PASS));
    }

    @Override
    public boolean dropReplyOfNextSettling(Backend client) {
        return strikeOnce(
                client,
                ZooKeeperUnderTest::isSettling,
                (proxy, settling) -> proxy.dropNextReply(settling, FaultProxy.Mode.PASS));
    }

    @Override
    public boolean dropRequestOfNextCommit(Backend client) {
        return strikeOnce(
                client,
                ZooKeeperUnderTest::isCommit,
                (proxy, commit) -> proxy.dropNextRequest(commit, FaultProxy.Mode.PASS));
    }

    @Override
    public boolean holdNextCommit(Backend client) {
        return strikeOnce(client, ZooKeeperUnderTest::isCommit, FaultProxy::holdNextRequest);
    }

    @Override
    public boolean releaseHeldCommit(Backend client) {
        boolean released = false;
        for (FaultProxy proxy : own(client)) {
            released |= proxy.releaseHeld();
        }
        return released;
    }

    /** Arms all proxies of the client; the first that strikes disarms the others. */
    private boolean strikeOnce(
            Backend client,
            Predicate<Request> wanted,
            BiFunction<FaultProxy, Predicate<Request>, CompletableFuture<Request>> arm) {
        List<CompletableFuture<Request>> armed = new ArrayList<>();
        for (FaultProxy proxy : own(client)) {
            armed.add(arm.apply(proxy, wanted));
        }
        CompletableFuture.anyOf(armed.toArray(CompletableFuture[]::new))
                .whenComplete((struck, failure) -> armed.forEach(other -> other.cancel(false)));
        return true;
    }

    /** A transaction that uses a slot of the backend; the others make directories. */
    private static boolean isCommit(Request request) {
        return request.opcode() == ZooDefs.OpCode.multi
                && request.parts().stream()
                        .anyMatch(part -> part.opcode() == ZooDefs.OpCode.setData
                                && part.path().contains(RESERVED))
                && request.touches(path -> !path.contains(RESERVED));
    }

    /** A write to a slot alone. */
    private static boolean isSettling(Request request) {
        return request.opcode() == ZooDefs.OpCode.setData && request.touches(path -> path.contains(RESERVED));
    }

    /** Applied or refused for good: after NoNode the backend makes the directories and sends the commit again. */
    private static boolean isJudged(Reply reply) {
        return !reply.errors().contains(KeeperException.Code.NONODE);
    }

    @Override
    public boolean slowDown(Backend client, Duration roundTrip) {
        own(client).forEach(proxy -> proxy.delay(roundTrip.dividedBy(2)));
        return true;
    }

    @Override
    public boolean restart() {
        try {
            for (int i = 0; i < servers.count(); i++) {
                servers.kill(i);
            }
            for (int i = 0; i < servers.count(); i++) {
                servers.restart(i);
            }
            servers.awaitServing();
            return true;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private List<FaultProxy> own(Backend client) {
        List<FaultProxy> own = proxies.get(client);
        if (own == null) {
            throw new IllegalArgumentException("this client was not connected here");
        }
        return own;
    }

    @Override
    public void close() {
        servers.close();
        proxies.values().forEach(own -> own.forEach(FaultProxy::close));
    }
}
