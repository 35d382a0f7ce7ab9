package io.conclave.it;

import io.conclave.backend.inmemory.testing.ReplicatedUnderTest;
import io.conclave.it.support.MemberProcesses;
import io.conclave.tck.BackendConformance;
import io.conclave.tck.BackendUnderTest;
import java.time.Duration;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The replicated store keeps the contract: {@code -Dconclave.members} (3) members, each a process. */
@EnabledIfSystemProperty(
        named = "conclave.nightly",
        matches = "true",
        disabledReason = "takes two minutes; one member keeps the contract in every build: see docs/testing.md")
final class ReplicatedConformanceTest extends BackendConformance {
    @Override
    protected BackendUnderTest backend() {
        MemberProcesses members = switch (Integer.getInteger("conclave.members", 3)) {
            case 1 -> MemberProcesses.one();
            case 3 -> MemberProcesses.three();
            case 5 -> MemberProcesses.five();
            default -> throw new IllegalArgumentException("conclave.members is 1, 3 or 5");
        };
        return new ReplicatedUnderTest(members, Duration.ofSeconds(4));
    }
}
