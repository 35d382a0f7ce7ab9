package io.conclave.it;

import io.conclave.it.support.Servers;
import io.conclave.it.support.ZooKeeperServers;

/** The zombie holder on ZooKeeper. */
final class PausedHolderTest extends PausedHolderScenario {
    @Override
    Servers oneServer() throws Exception {
        return ZooKeeperServers.one();
    }
}
