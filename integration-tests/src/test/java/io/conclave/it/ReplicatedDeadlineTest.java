package io.conclave.it;

import io.conclave.it.support.MemberProcesses;
import io.conclave.it.support.Servers;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Deadlines on the replicated store. */
@EnabledIfSystemProperty(
        named = "conclave.replicated",
        matches = "true",
        disabledReason = "takes members as processes and time: see docs/testing.md")
final class ReplicatedDeadlineTest extends DeadlineScenario {
    @Override
    Servers oneServer() {
        return MemberProcesses.one();
    }

    @Override
    Set<Fault> faults() {
        return EnumSet.allOf(Fault.class);
    }
}
