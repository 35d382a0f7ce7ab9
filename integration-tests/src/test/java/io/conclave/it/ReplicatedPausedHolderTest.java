package io.conclave.it;

import io.conclave.it.support.MemberProcesses;
import io.conclave.it.support.Servers;

/** The zombie holder on the replicated store. */
final class ReplicatedPausedHolderTest extends PausedHolderScenario {
    @Override
    Servers oneServer() {
        return MemberProcesses.one();
    }
}
