package io.conclave.backend.inmemory;

/** What a client sends to the store, as {@link RequestCounts} tells it apart. */
public enum RequestKind {
    /** A commit, each attempt. */
    COMMIT,
    /** A read. */
    READ,
    /** The start of a watch. Its end costs nothing, and its renewal after a cut is part of the heartbeat. */
    WATCH,
    /** A withdrawal. */
    WITHDRAW,
    /** The opening or closing of a session. */
    SESSION,
    /** A sign of life; not part of {@link RequestCounts#total()}. */
    HEARTBEAT
}
