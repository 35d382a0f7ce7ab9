package io.conclave.it.support;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.data.Stat;

/** A ZooKeeper server behind a proxy; others use the plain client. */
final class ZooKeeperBehindProxy implements ServerBehindProxy {
    private final ZooKeeperServers servers;
    private final FaultProxy proxy;
    private DirectClient others;

    ZooKeeperBehindProxy(ZooKeeperServers servers) throws IOException {
        this.servers = servers;
        this.proxy = FaultProxy.before(servers.port(0));
    }

    @Override
    public String url(String namespace, Duration sessionTimeout) {
        return ZooKeeperServers.url(proxy.host(), namespace, sessionTimeout);
    }

    @Override
    public void cutConnections() {
        proxy.cut();
    }

    @Override
    public void fall(Hole hole) throws IOException {
        proxy.mode(
                switch (hole) {
                    case STALL -> FaultProxy.Mode.STALL;
                    case SWALLOW -> FaultProxy.Mode.BLACKHOLE;
                    case SWALLOW_ANSWERS -> FaultProxy.Mode.BLACKHOLE_TO_CLIENT;
                });
    }

    @Override
    public void climbOut(Hole hole) throws IOException {
        if (hole != Hole.STALL) {
            proxy.cut();
        }
        accept();
    }

    @Override
    public CompletableFuture<?> loseNextReply(Predicate<String> node, boolean thenRefuse) {
        return proxy.dropNextReply(
                request -> request.isWrite() && request.touches(node),
                Reply::isSuccess,
                thenRefuse ? FaultProxy.Mode.REFUSE : FaultProxy.Mode.PASS);
    }

    @Override
    public void accept() throws IOException {
        proxy.mode(FaultProxy.Mode.PASS);
    }

    @Override
    public void endSession(String sessionId) throws IOException, InterruptedException {
        if (!proxy.endSession(Long.parseUnsignedLong(sessionId.replace("0x", ""), 16))) {
            throw new IllegalStateException("session " + sessionId + " was not opened through this proxy");
        }
    }

    @Override
    public long lastAnsweredAnewNanos() {
        return proxy.lastSessionNanos();
    }

    private synchronized DirectClient others() throws IOException, InterruptedException {
        if (others == null) {
            others = new DirectClient(servers.host(0));
        }
        return others;
    }

    @Override
    public List<String> children(String path) throws Exception {
        return others().children(path);
    }

    @Override
    public List<String> contenders(String lock) throws IOException {
        return servers.ephemerals(0).stream()
                .filter(node -> node.startsWith(lock + "/"))
                .map(node -> node.substring(lock.length() + 1))
                .toList();
    }

    @Override
    public Optional<Stored> stored(String path) throws Exception {
        Stat stat = others().zooKeeper().exists(path, false);
        if (stat == null) {
            return Optional.empty();
        }
        byte[] data = others().zooKeeper().getData(path, false, stat);
        return Optional.of(new Stored(new String(data, StandardCharsets.UTF_8), stat.getVersion()));
    }

    @Override
    public void create(String path, String data) throws Exception {
        create(path, data, CreateMode.PERSISTENT);
    }

    private void create(String path, String data, CreateMode mode) throws Exception {
        others().zooKeeper().create(path, data.getBytes(StandardCharsets.UTF_8), Ids.OPEN_ACL_UNSAFE, mode);
    }

    @Override
    public void put(String path, String data) throws Exception {
        others().zooKeeper().setData(path, data.getBytes(StandardCharsets.UTF_8), -1);
    }

    @Override
    public void delete(String path) throws Exception {
        others().zooKeeper().delete(path, -1);
    }

    /** The server may have reaped the empty directory. */
    @Override
    public void contend(String lock) throws Exception {
        String node = lock + "/_c_00000000-0000-0000-0000-000000000000-lock-";
        try {
            create(node, "other", CreateMode.EPHEMERAL_SEQUENTIAL);
        } catch (KeeperException.NoNodeException reaped) {
            create(lock, "", CreateMode.CONTAINER);
            create(node, "other", CreateMode.EPHEMERAL_SEQUENTIAL);
        }
    }

    @Override
    public synchronized void close() {
        if (others != null) {
            others.close();
        }
        proxy.close();
    }
}
