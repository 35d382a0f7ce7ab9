package io.conclave.it;

import io.conclave.it.support.MemberProcesses;
import io.conclave.it.support.Servers;
import java.util.EnumSet;
import java.util.Set;

/** Deadlines on the replicated store. */
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
