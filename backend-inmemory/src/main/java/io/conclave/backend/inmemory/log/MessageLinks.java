package io.conclave.backend.inmemory.log;

/** Links that look into the engine's messages, for tests that need one order of events. */
interface MessageLinks extends Links {
    /** As {@link #delayMillis(int, int)}, for one request or response of the engine. */
    long delayMillis(int from, int to, Object message);
}
