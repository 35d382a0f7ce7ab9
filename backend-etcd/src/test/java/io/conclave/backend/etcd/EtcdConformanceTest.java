package io.conclave.backend.etcd;

import io.conclave.backend.etcd.testing.EtcdServers;
import io.conclave.backend.etcd.testing.EtcdUnderTest;
import io.conclave.tck.BackendConformance;
import io.conclave.tck.BackendUnderTest;

/** The contract, on one server. */
class EtcdConformanceTest extends BackendConformance {
    @Override
    protected BackendUnderTest backend() {
        return new EtcdUnderTest(EtcdServers.one());
    }
}
