package io.conclave.backend.inmemory.testing;

/** What a {@link MemberProxy} does to one request. */
public enum MemberFault {
    /** The request is lost, and the connection is reset. */
    LOSE_REQUEST,
    /** The answer is lost, and the connection is reset. */
    LOSE_REPLY,
    /** The answer is lost, and nothing passes from then on. */
    LOSE_REPLY_AND_CUT,
    /** The request waits while later ones pass. */
    HOLD
}
