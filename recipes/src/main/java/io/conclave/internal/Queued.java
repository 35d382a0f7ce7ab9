package io.conclave.internal;

/** What stands on a queue of the engine. */
public interface Queued {
    /** How it is acquired. */
    Acquirer acquirer();
}
