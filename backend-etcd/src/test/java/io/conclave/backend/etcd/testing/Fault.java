package io.conclave.backend.etcd.testing;

/** What {@link GrpcFaultProxy#atNextCommit} does to a commit. */
public enum Fault {
    /** The server judges it; its answer is lost, and the client waits for one until it gives up by itself. */
    LOSE_REPLY(true),
    /** The server judges it; its answer is lost, and the call ends as if the connection had. */
    LOSE_REPLY_AND_RESET(true),
    /** The server judges it; its answer is lost, and from its arrival on the client is cut off: {@link GrpcFaultProxy#cut}. */
    LOSE_REPLY_AND_CUT(true),
    /** The server never gets it, and the client waits for an answer until it gives up by itself. */
    LOSE_REQUEST(false),
    /** The server never gets it, and the call ends as if the connection had. */
    LOSE_REQUEST_AND_RESET(false),
    /** The server gets it at {@link GrpcFaultProxy#release}, even if the client has given up; what comes later overtakes it. */
    HOLD(false);

    private final boolean forwarded;

    Fault(boolean forwarded) {
        this.forwarded = forwarded;
    }

    boolean forwards() {
        return forwarded;
    }

    boolean resets() {
        return this == LOSE_REPLY_AND_RESET || this == LOSE_REQUEST_AND_RESET;
    }
}
