package io.conclave.it;

import io.conclave.backend.etcd.testing.EtcdServers;
import io.conclave.backend.etcd.testing.EtcdUnderTest;
import io.conclave.tck.BackendConformance;
import io.conclave.tck.BackendUnderTest;

/** The etcd backend keeps the contract on three servers, each a process. */
final class EtcdThreeServersConformanceTest extends BackendConformance {
    @Override
    protected BackendUnderTest backend() {
        return new EtcdUnderTest(EtcdServers.three());
    }
}
