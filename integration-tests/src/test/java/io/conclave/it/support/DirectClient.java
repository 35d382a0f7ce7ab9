package io.conclave.it.support;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;

/** The plain ZooKeeper client: what is really in the store, without anything of Conclave. */
public final class DirectClient implements AutoCloseable {
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(30);
    private static final int SESSION_MILLIS = 10_000;

    private final ZooKeeper zooKeeper;

    /** Connects to {@code host:port}, or several with commas between. */
    public DirectClient(String hosts) throws IOException, InterruptedException {
        this(hosts, 0, new byte[0]);
    }

    private DirectClient(String hosts, long sessionId, byte[] password) throws IOException, InterruptedException {
        CountDownLatch connected = new CountDownLatch(1);
        Watcher watcher = event -> {
            if (event.getState() == KeeperState.SyncConnected || event.getState() == KeeperState.Expired) {
                connected.countDown();
            }
        };
        zooKeeper = sessionId == 0
                ? new ZooKeeper(hosts, SESSION_MILLIS, watcher)
                : new ZooKeeper(hosts, SESSION_MILLIS, watcher, sessionId, password);
        if (!connected.await(CONNECT_LIMIT.toNanos(), TimeUnit.NANOSECONDS)) {
            close();
            throw new AssertionError("no connection to " + hosts);
        }
    }

    /** Takes a session over and ends it. */
    static void endSession(String hosts, long sessionId, byte[] password) throws IOException, InterruptedException {
        new DirectClient(hosts, sessionId, password).close();
    }

    /** Takes a session over, which must live. */
    static DirectClient ofSession(String hosts, long sessionId, byte[] password)
            throws IOException, InterruptedException {
        DirectClient client = new DirectClient(hosts, sessionId, password);
        if (!client.zooKeeper.getState().isConnected()) {
            client.close();
            throw new AssertionError("the session is over already");
        }
        return client;
    }

    /** The client itself. */
    public ZooKeeper zooKeeper() {
        return zooKeeper;
    }

    /** The children of a node; none if it is absent. Asks the leader's latest first ({@code sync}). */
    public List<String> children(String path) throws InterruptedException, KeeperException {
        try {
            zooKeeper.sync(path, (code, synced, context) -> {}, null);
            return zooKeeper.getChildren(path, false);
        } catch (KeeperException.NoNodeException absent) {
            return List.of();
        }
    }

    /** The children that contend for a lock: their names end in a number. */
    public List<String> contenders(String path) throws InterruptedException, KeeperException {
        return children(path).stream()
                .filter(name -> name.matches(".*-?\\d{10}"))
                .toList();
    }

    @Override
    public void close() {
        try {
            zooKeeper.close();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
