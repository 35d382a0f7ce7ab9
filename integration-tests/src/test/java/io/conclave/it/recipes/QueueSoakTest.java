package io.conclave.it.recipes;

import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.Servers;
import io.conclave.it.support.ZooKeeperServers;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Nothing that was put into a queue is lost while its consumers are killed (issue 5, bar 5; T29). */
@Timeout(3_600)
@EnabledIfSystemProperty(
        named = "conclave.queue.items",
        matches = "\\d+",
        disabledReason = "takes minutes: see docs/testing.md")
final class QueueSoakTest {
    private static final int ITEMS = Integer.getInteger("conclave.queue.items", 1_500);
    private static final long KILL_EVERY_MILLIS = 7_000;
    private static final long SEED = Long.getLong("conclave.seed", 5);

    private static void soak(String name, Servers servers) throws Exception {
        boolean whole = ITEMS > 1_500;
        Duration limit = whole ? Duration.ofMinutes(50) : Duration.ofMinutes(5);
        int processes = whole ? 4 : 2;
        try (servers;
                QueueSoak soak = new QueueSoak(
                        name, servers, ITEMS, processes, Duration.ofMillis(KILL_EVERY_MILLIS), limit, SEED)) {
            soak.run();
        }
    }

    @Test
    void onZooKeeper() throws Exception {
        soak("queue soak on ZooKeeper", ZooKeeperServers.one());
    }

    @Test
    void onEtcd() throws Exception {
        soak("queue soak on etcd", EtcdProcesses.one());
    }
}
