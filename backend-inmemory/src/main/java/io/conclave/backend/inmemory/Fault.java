package io.conclave.backend.inmemory;

/** What can happen to one commit on its way. A lost message breaks the connection, so the client learns that no answer will come. */
public enum Fault {
    /** It is lost before it reaches the store; the connection comes back at once. */
    DROP_REQUEST(false, true),
    /** It is lost before it reaches the store; the connection stays broken until it is healed. */
    DROP_REQUEST_AND_STAY_CUT(false, false),
    /** It is applied and the answer is lost; the connection comes back at once. */
    DROP_REPLY(true, true),
    /** It is applied and the answer is lost; the connection stays broken until it is healed. */
    DROP_REPLY_AND_STAY_CUT(true, false),
    /**
     * It is held up on its way to the store until {@link ClientFaults#releaseHeldCommits()}; what comes later overtakes it. It is lost if the connection
     * breaks meanwhile.
     */
    HOLD_REQUEST(false, false);

    private final boolean applied;
    private final boolean heals;

    Fault(boolean applied, boolean heals) {
        this.applied = applied;
        this.heals = heals;
    }

    boolean applied() {
        return applied;
    }

    boolean heals() {
        return heals;
    }
}
