package io.conclave.leader;

import io.conclave.FencedGrant;

/** Hears a participant's terms: gained and lost alternate, never two at a time. */
public interface LeadershipListener {
    /** This participant leads. */
    void onGained(FencedGrant term);

    /** The term is over: lost, given back, or the latch was closed. */
    void onLost(FencedGrant term);
}
