package io.conclave.it;

import io.conclave.it.support.Servers;
import io.conclave.it.support.ZooKeeperServers;

/** Interrupts and cancellations on ZooKeeper. */
final class InterruptTest extends InterruptScenario {
    @Override
    Servers oneServer() throws Exception {
        return ZooKeeperServers.one();
    }
}
