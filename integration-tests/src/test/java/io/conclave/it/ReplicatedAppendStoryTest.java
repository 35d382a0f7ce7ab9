package io.conclave.it;

import io.conclave.it.support.MemberProcesses;
import io.conclave.it.support.Servers;

/** The story of one file and six processes on the replicated store. */
final class ReplicatedAppendStoryTest extends ShortAppendScenario {
    @Override
    Servers threeServers() {
        return MemberProcesses.three();
    }
}
