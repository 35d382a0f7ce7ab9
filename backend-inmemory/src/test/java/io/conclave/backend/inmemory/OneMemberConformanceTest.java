package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.testing.LoneMember;
import io.conclave.backend.inmemory.testing.ReplicatedUnderTest;
import io.conclave.tck.BackendConformance;
import io.conclave.tck.BackendUnderTest;
import java.time.Duration;

/** The replicated store keeps the contract with one member, through real connections. */
class OneMemberConformanceTest extends BackendConformance {
    @Override
    protected BackendUnderTest backend() {
        return new ReplicatedUnderTest(new LoneMember(), Duration.ofSeconds(2));
    }
}
