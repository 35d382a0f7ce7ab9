package io.conclave.it;

import io.conclave.it.support.MemberProcesses;
import io.conclave.it.support.Servers;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The story of one file and six processes on the replicated store. */
@EnabledIfSystemProperty(
        named = "conclave.replicated",
        matches = "true",
        disabledReason = "takes members as processes and time: see docs/testing.md")
final class ReplicatedAppendStoryTest extends ShortAppendScenario {
    @Override
    Servers threeServers() {
        return MemberProcesses.three();
    }
}
