package io.conclave.leader;

import io.conclave.Conclave;
import io.conclave.Contender;
import io.conclave.internal.Acquirer;
import io.conclave.internal.AdmissionPolicies;
import java.util.List;
import java.util.Objects;

/** Collects an election's options. */
final class ElectionBuilder implements LeaderElectionBuilder {
    private final Acquirer acquirer;
    private boolean requeue = true;

    ElectionBuilder(Conclave conclave, String path, String id) {
        Objects.requireNonNull(id, "id");
        this.acquirer = new Acquirer(conclave, path, AdmissionPolicies.LOCK, true, LatchParticipant.requireId(id));
    }

    @Override
    public LeaderElectionBuilder requeue(boolean again) {
        requeue = again;
        return this;
    }

    @Override
    public LeaderElection build() {
        return new Election(acquirer, requeue);
    }

    private record Election(Acquirer acquirer, boolean requeue) implements LeaderElection {
        @Override
        public Candidacy lead(LeaderBody body) {
            return new RunningCandidacy(acquirer, requeue, Objects.requireNonNull(body, "body")).start();
        }

        @Override
        public List<Contender> participants() throws InterruptedException {
            return acquirer.contenders();
        }
    }
}
