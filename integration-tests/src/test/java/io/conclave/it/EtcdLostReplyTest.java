package io.conclave.it;

import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.Servers;

/** Lost replies of etcd. */
final class EtcdLostReplyTest extends LostReplyScenario {
    @Override
    Servers oneServer() {
        return EtcdProcesses.one();
    }
}
