package io.conclave.leader;

/** Options of an election. */
public interface LeaderElectionBuilder {
    /** Whether to queue again after the body has returned by itself, or has closed its term. After a loss of leadership it always does. Default true. */
    LeaderElectionBuilder requeue(boolean requeue);

    /** The election. Nothing is sent before {@link LeaderElection#lead}. */
    LeaderElection build();
}
