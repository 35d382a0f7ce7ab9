package io.conclave.backend.zookeeper;

import io.conclave.tck.BackendConformance;
import io.conclave.tck.BackendUnderTest;

/** The contract, on one server in this process. */
class ZooKeeperConformanceTest extends BackendConformance {
    @Override
    protected BackendUnderTest backend() {
        return new ServerUnderTest();
    }
}
