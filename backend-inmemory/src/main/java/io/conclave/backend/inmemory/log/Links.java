package io.conclave.backend.inmemory.log;

/** What happens to messages between members, for tests that cut and slow links inside one JVM. */
@FunctionalInterface
public interface Links {
    /** All messages pass at once. */
    Links OPEN = (from, to) -> 0;

    /** By how many milliseconds a message is late that is sent now; negative if it is lost. Requests and their responses are asked for on their own. Called from any thread, must not block. */
    long delayMillis(int from, int to);
}
