package io.conclave.backend.zookeeper;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.NodePath;
import io.conclave.spi.Session;
import io.conclave.spi.Timekeeper;
import io.conclave.tck.BackendUnderTest;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** One server in this process, each client behind a proxy of its own. */
final class ServerUnderTest implements BackendUnderTest {
    private final TestServer server = new TestServer();
    private final Map<Backend, FaultProxy> proxies = new ConcurrentHashMap<>();

    @Override
    public CompletionStage<Backend> connect(String namespace) {
        FaultProxy proxy = new FaultProxy(server.port());
        BackendUrl url = BackendUrl.parse("zookeeper://127.0.0.1:" + proxy.port() + "/" + namespace);
        return new ZooKeeperBackendProvider()
                .connect(BackendConfig.of(url, timekeeper(), Fixture.soon()))
                .whenComplete((backend, failure) -> proxies.put(backend, proxy));
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
        return Duration.ofSeconds(2);
    }

    @Override
    public boolean expire(Session session) {
        server.expire(session.id());
        return true;
    }

    @Override
    public boolean cut(Backend client) {
        proxies.get(client).cut();
        return true;
    }

    @Override
    public boolean heal(Backend client) {
        proxies.get(client).heal();
        return true;
    }

    @Override
    public boolean dropReplyOfNextCommit(Backend client) {
        proxies.get(client).atNextCommit(FaultProxy.Fault.LOSE_REPLY);
        return true;
    }

    @Override
    public boolean dropReplyOfNextSettling(Backend client) {
        proxies.get(client).atNextCommit(FaultProxy.Fault.LOSE_REPLY_OF_SETTLING);
        return true;
    }

    @Override
    public boolean dropRequestOfNextCommit(Backend client) {
        proxies.get(client).atNextCommit(FaultProxy.Fault.LOSE_REQUEST);
        return true;
    }

    @Override
    public boolean holdNextCommit(Backend client) {
        proxies.get(client).atNextCommit(FaultProxy.Fault.HOLD);
        return true;
    }

    @Override
    public boolean releaseHeldCommit(Backend client) {
        proxies.get(client).release();
        return true;
    }

    @Override
    public boolean slowDown(Backend client, Duration roundTrip) {
        proxies.get(client).delayAnswers(roundTrip);
        return true;
    }

    @Override
    public boolean restart() {
        server.stop();
        server.start();
        return true;
    }

    @Override
    public boolean setNextSequence(String namespace, NodePath directory, int next) {
        server.setNextSequence(directory.under(NodePath.of("/" + namespace)).toString(), next);
        return true;
    }

    @Override
    public void close() {
        proxies.values().forEach(FaultProxy::close);
        server.close();
    }
}
