package io.conclave.it;

import io.conclave.it.support.MemberProcesses;
import io.conclave.it.support.Servers;

/** Lost replies of the replicated store. */
final class ReplicatedLostReplyTest extends LostReplyScenario {
    @Override
    Servers oneServer() {
        return MemberProcesses.one();
    }
}
