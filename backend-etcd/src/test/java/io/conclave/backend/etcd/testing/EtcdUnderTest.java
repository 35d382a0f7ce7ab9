package io.conclave.backend.etcd.testing;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendProvider;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Session;
import io.conclave.spi.Timekeeper;
import io.conclave.tck.BackendUnderTest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The etcd backend on real server processes, for the conformance kit. Each client reaches each server through a proxy of its own, which makes the faults. What this cannot do: set the
 * number of the next sequential node, and begin from nothing above what was before.
 */
public final class EtcdUnderTest implements BackendUnderTest {
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(15);

    private final EtcdServers servers;
    private final BackendProvider provider;
    private final Map<Backend, List<GrpcFaultProxy>> proxies = new ConcurrentHashMap<>();

    /** Takes over the servers, and closes them. */
    public EtcdUnderTest(EtcdServers servers) {
        this.servers = servers;
        this.provider = ServiceLoader.load(BackendProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(candidate -> candidate.schemes().contains("etcd"))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public CompletionStage<Backend> connect(String namespace) {
        List<GrpcFaultProxy> own = IntStream.range(0, servers.count())
                .mapToObj(index -> GrpcFaultProxy.before(servers.clientPort(index)))
                .toList();
        String hosts = own.stream().map(GrpcFaultProxy::host).collect(Collectors.joining(","));
        BackendUrl url = BackendUrl.parse("etcd://" + hosts + "/" + namespace);
        return provider.connect(BackendConfig.of(url, timekeeper(), timekeeper().deadlineAfter(CONNECT_LIMIT)))
                .whenComplete((backend, failure) -> {
                    if (failure == null) {
                        proxies.put(backend, own);
                    } else {
                        own.forEach(GrpcFaultProxy::close);
                    }
                });
    }

    /** The servers. */
    public EtcdServers servers() {
        return servers;
    }

    /** The proxies of one client, in the order of the servers. */
    public List<GrpcFaultProxy> proxies(Backend client) {
        List<GrpcFaultProxy> own = proxies.get(client);
        if (own == null) {
            throw new IllegalArgumentException("this client was not connected here");
        }
        return own;
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
        return EtcdServers.MIN_LEASE_TTL.multipliedBy(2);
    }

    @Override
    public boolean expire(Session session) {
        servers.admin(0).revoke(session.id());
        return true;
    }

    @Override
    public boolean cut(Backend client) {
        proxies(client).forEach(GrpcFaultProxy::cut);
        return true;
    }

    @Override
    public boolean heal(Backend client) {
        proxies(client).forEach(GrpcFaultProxy::heal);
        return true;
    }

    @Override
    public boolean dropReplyOfNextCommit(Backend client) {
        return atNextCommit(client, Fault.LOSE_REPLY_AND_RESET);
    }

    @Override
    public boolean dropRequestOfNextCommit(Backend client) {
        return atNextCommit(client, Fault.LOSE_REQUEST_AND_RESET);
    }

    @Override
    public boolean holdNextCommit(Backend client) {
        return atNextCommit(client, Fault.HOLD);
    }

    private boolean atNextCommit(Backend client, Fault fault) {
        return !GrpcFaultProxy.atNextCommit(proxies(client), fault).isDone();
    }

    @Override
    public boolean releaseHeldCommit(Backend client) {
        return proxies(client).stream().filter(GrpcFaultProxy::release).count() > 0;
    }

    @Override
    public boolean slowDown(Backend client, Duration roundTrip) {
        proxies(client).forEach(proxy -> proxy.delayAnswers(roundTrip));
        return true;
    }

    @Override
    public boolean restart() {
        servers.restart();
        return true;
    }

    @Override
    public void close() {
        proxies.values().forEach(own -> own.forEach(GrpcFaultProxy::close));
        servers.close();
    }
}
