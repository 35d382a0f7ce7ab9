package io.conclave.it;

import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.Servers;
import java.util.EnumSet;
import java.util.Set;

/** Deadlines on etcd. */
final class EtcdDeadlineTest extends DeadlineScenario {
    @Override
    Servers oneServer() {
        return EtcdProcesses.one();
    }

    @Override
    Set<Fault> faults() {
        return EnumSet.complementOf(EnumSet.of(Fault.ANSWERS_LOST));
    }
}
