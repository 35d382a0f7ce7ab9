package io.conclave.it;

import io.conclave.it.support.MemberProcesses;
import io.conclave.it.support.Servers;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The zombie holder on the replicated store. */
@EnabledIfSystemProperty(
        named = "conclave.replicated",
        matches = "true",
        disabledReason = "takes members as processes and time: see docs/testing.md")
final class ReplicatedPausedHolderTest extends PausedHolderScenario {
    @Override
    Servers oneServer() {
        return MemberProcesses.one();
    }
}
