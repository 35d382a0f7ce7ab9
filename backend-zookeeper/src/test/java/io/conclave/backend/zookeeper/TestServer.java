package io.conclave.backend.zookeeper;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.zookeeper.server.ZooKeeperServer;

/** One ZooKeeper server in this process, on a free loopback port. */
final class TestServer implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final Path directory;
    private final int tickMillis;
    private int port;
    private ZooKeeperServer server;
    private ServerCnxnFactory factory;

    TestServer() {
        this(100);
    }

    TestServer(int tickMillis) {
        System.setProperty("zookeeper.admin.enableServer", "false");
        System.setProperty("zookeeper.4lw.commands.whitelist", "mntr,ruok");
        System.setProperty("zookeeper.forceSync", "no");
        this.tickMillis = tickMillis;
        try {
            directory = Files.createTempDirectory(
                    Files.createDirectories(Path.of("target")), "zk-" + COUNT.incrementAndGet() + "-");
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
        start();
    }

    void start() {
        try {
            server = new ZooKeeperServer(directory.toFile(), directory.toFile(), tickMillis);
            server.setMaxSessionTimeout(60_000);
            factory = NIOServerCnxnFactory.createFactory(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            factory.startup(server);
            port = factory.getLocalPort();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    void stop() {
        factory.shutdown();
    }

    int port() {
        return port;
    }

    ZooKeeperServer server() {
        return server;
    }

    /** Ends a session as its expiry would. */
    void expire(String sessionId) {
        server.closeSession(Long.parseUnsignedLong(sessionId, 16));
    }

    /** The number that the next sequential child gets. */
    void setNextSequence(String path, int next) {
        server.getZKDatabase().getNode(path).stat.setCversion(next);
    }

    long packets() {
        return server.serverStats().getPacketsReceived();
    }

    long zxid() {
        return server.getZKDatabase().getDataTreeLastProcessedZxid();
    }

    @Override
    public void close() {
        stop();
    }
}
