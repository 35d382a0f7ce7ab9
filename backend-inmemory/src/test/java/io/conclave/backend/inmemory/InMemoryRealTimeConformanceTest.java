package io.conclave.backend.inmemory;

import io.conclave.spi.Timekeeper;
import io.conclave.tck.BackendConformance;
import io.conclave.tck.BackendUnderTest;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The embedded store keeps the contract, in real time with its helper threads. It takes a minute and a half. */
@EnabledIfSystemProperty(
        named = "conclave.nightly",
        matches = "true",
        disabledReason = "in real time only at night (-Dconclave.nightly=true); in virtual time always")
class InMemoryRealTimeConformanceTest extends BackendConformance {
    @Override
    protected BackendUnderTest backend() {
        return new EmbeddedUnderTest(Timekeeper.system());
    }
}
