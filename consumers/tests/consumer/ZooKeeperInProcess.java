package consumer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;

/** A ZooKeeper server in this JVM that listens with Netty, so that the class path's Netty is at work. */
final class ZooKeeperInProcess implements AutoCloseable {
    private static final int TICK_MILLIS = 1_000;
    private static final int CONNECTIONS_MAX = 100;

    private final ServerCnxnFactory connections;

    ZooKeeperInProcess() throws IOException, InterruptedException {
        System.setProperty(
                ServerCnxnFactory.ZOOKEEPER_SERVER_CNXN_FACTORY, "org.apache.zookeeper.server.NettyServerCnxnFactory");
        Path home = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "zookeeper-");
        connections = ServerCnxnFactory.createFactory(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), CONNECTIONS_MAX);
        connections.startup(new ZooKeeperServer(home.toFile(), home.toFile(), TICK_MILLIS));
    }

    String url() {
        return "zookeeper://127.0.0.1:" + connections.getLocalPort() + "/consumer";
    }

    @Override
    public void close() {
        connections.shutdown();
    }
}
