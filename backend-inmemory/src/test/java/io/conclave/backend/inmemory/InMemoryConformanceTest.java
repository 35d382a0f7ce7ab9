package io.conclave.backend.inmemory;

import io.conclave.tck.BackendConformance;
import io.conclave.tck.BackendUnderTest;

/** The embedded store keeps the contract, in virtual time. */
class InMemoryConformanceTest extends BackendConformance {
    @Override
    protected BackendUnderTest backend() {
        return new EmbeddedUnderTest(new VirtualClock());
    }
}
