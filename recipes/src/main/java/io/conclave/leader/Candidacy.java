package io.conclave.leader;

import io.conclave.FencedGrant;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** A running participation in an election. Thread-safe. */
public interface Candidacy extends AutoCloseable {
    /** Whether the body is running with a valid term. No network. */
    boolean isLeading();

    /** The present term. */
    Optional<FencedGrant> term();

    /**
     * Gives leadership up by plan: the body is interrupted, and when it has returned the term is given back and the participant queues at the tail. Does
     * nothing if it does not lead. Returns at once.
     */
    void abdicate();

    /** Completes when the candidacy is over: closed, or its body returned with {@code requeue(false)}; fails if it can never go on. */
    CompletionStage<Void> completion();

    /**
     * Withdraws: interrupts a running body, waits for it at most the call time-out, and gives leadership back when it has returned. Called by the body itself it
     * does not wait. Idempotent.
     */
    @Override
    void close();
}
