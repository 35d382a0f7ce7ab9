package io.conclave.it;

import io.conclave.it.support.Servers;
import io.conclave.it.support.ZooKeeperServers;
import java.util.EnumSet;
import java.util.Set;

/** Deadlines on ZooKeeper. */
final class DeadlineTest extends DeadlineScenario {
    @Override
    Servers oneServer() throws Exception {
        return ZooKeeperServers.one();
    }

    @Override
    Set<Fault> faults() {
        return EnumSet.allOf(Fault.class);
    }
}
