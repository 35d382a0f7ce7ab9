package io.conclave.it;

import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.Servers;

/** Interrupts and cancellations on etcd. */
final class EtcdInterruptTest extends InterruptScenario {
    @Override
    Servers oneServer() {
        return EtcdProcesses.one();
    }
}
