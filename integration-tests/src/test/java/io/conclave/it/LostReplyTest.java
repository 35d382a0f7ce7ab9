package io.conclave.it;

import io.conclave.it.support.Servers;
import io.conclave.it.support.ZooKeeperServers;

/** Lost replies of ZooKeeper. */
final class LostReplyTest extends LostReplyScenario {
    @Override
    Servers oneServer() throws Exception {
        return ZooKeeperServers.one();
    }
}
