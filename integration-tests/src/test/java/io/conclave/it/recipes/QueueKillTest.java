package io.conclave.it.recipes;

import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.Servers;
import io.conclave.it.support.ZooKeeperServers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link QueueKillScenario} on servers. */
@Timeout(180)
final class QueueKillTest {
    private static void play(String name, Servers servers) throws Exception {
        try (servers) {
            new QueueKillScenario(servers).play(name);
        }
    }

    @Test
    void onZooKeeper() throws Exception {
        play("queue clients killed on ZooKeeper", ZooKeeperServers.one());
    }

    @Test
    void onEtcd() throws Exception {
        play("queue clients killed on etcd", EtcdProcesses.one());
    }
}
