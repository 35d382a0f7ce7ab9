package io.conclave.it;

import io.conclave.it.support.MemberProcesses;
import io.conclave.it.support.Servers;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Lost replies of the replicated store. */
@EnabledIfSystemProperty(
        named = "conclave.replicated",
        matches = "true",
        disabledReason = "takes members as processes and time: see docs/testing.md")
final class ReplicatedLostReplyTest extends LostReplyScenario {
    @Override
    Servers oneServer() {
        return MemberProcesses.one();
    }
}
