package io.conclave.examples;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.Registration;
import io.conclave.leader.Candidacy;
import io.conclave.leader.LeaderElection;
import io.conclave.leader.LeaderLatch;
import io.conclave.leader.LeadershipListener;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** One node of several does the billing. */
public final class Billing {
    /** One step of the leader's work. */
    @FunctionalInterface
    public interface Step {
        /** Bills what is due, with the term's fencing token. Blocks until there is something to do. */
        void bill(long fencingToken) throws InterruptedException;
    }

    private Billing() {}

    /** Bills whenever this node leads, while {@code serve} runs. */
    public static void billWhileServing(Conclave conclave, String node, Step step, Consumer<Candidacy> serve) {
        // snippet:election
        LeaderElection election = LeaderElection.of(conclave, "/leaders/billing", node);
        try (Candidacy candidacy = election.lead(
                term -> { // a thread of its own, interrupted when the term is lost
                    while (term.isValid()) {
                        step.bill(term.fencingToken());
                    }
                })) {
            serve.accept(candidacy); // isLeading(), term(), abdicate()
        } // close() withdraws: the body is interrupted, leadership is given back when it has returned
        // end
    }

    /** Runs one piece of work as the leader, and leaves the election. */
    public static void onceAsLeader(Conclave conclave, String node, Consumer<FencedGrant> work)
            throws InterruptedException, TimeoutException {
        // snippet:latch
        try (LeaderLatch latch = LeaderLatch.of(conclave, "/leaders/reports", node)) {
            latch.start();
            FencedGrant term = latch.await(Duration.ofSeconds(30)); // stays in the election if this times out
            work.accept(term);
        }
        // end
    }

    /** Hears terms begin and end. */
    public static Registration listen(LeaderLatch latch, Consumer<String> log) {
        // snippet:listener
        return latch.addListener(new LeadershipListener() {
            @Override
            public void onGained(FencedGrant term) {
                log.accept("gained " + term.fencingToken());
            }

            @Override
            public void onLost(FencedGrant term) {
                log.accept("lost " + term.fencingToken());
            }
        });
        // end
    }
}
