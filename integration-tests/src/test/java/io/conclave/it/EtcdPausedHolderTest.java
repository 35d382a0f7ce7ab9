package io.conclave.it;

import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.Servers;

/** The zombie holder on etcd. */
final class EtcdPausedHolderTest extends PausedHolderScenario {
    @Override
    Servers oneServer() {
        return EtcdProcesses.one();
    }
}
