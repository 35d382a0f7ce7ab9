package io.conclave.it;

import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.Servers;

/** The story of one file and six processes on etcd. */
final class EtcdAppendStoryTest extends ShortAppendScenario {
    @Override
    Servers threeServers() {
        return EtcdProcesses.three();
    }
}
