package io.conclave.leader;

import io.conclave.FencedGrant;

/** What a leader does. */
@FunctionalInterface
public interface LeaderBody {
    /**
     * Called with a valid term. Return soon after {@code term.isValid()} is false or the thread is interrupted. What it throws is logged and ends the term like a
     * return; an exception after a loss is expected and ends nothing else.
     */
    void lead(FencedGrant term) throws Exception;
}
