package io.conclave.cli;

/** The demo's worker that is paused past its session, in this process or in one of its own. One thread only. */
interface Sleeper extends AutoCloseable {
    /** Acquires the fenced lock and returns the token. */
    long acquire() throws InterruptedException;

    /** Stops the worker with everything that it runs; says how, for the story. */
    String pause() throws InterruptedException;

    /** Lets it go on. */
    void resume() throws InterruptedException;

    /** What its grant says; the first call after {@link #resume} is the first instruction after the pause. */
    boolean believesToHold() throws InterruptedException;

    /** Whether its listener for the loss has been called; waits for that a little. */
    boolean wasToldOfLoss() throws InterruptedException;

    /** Writes under the grant's guard; false if the write was refused because the grant is lost. */
    boolean write(String path, String data) throws InterruptedException;

    /** Ends it, also when it is paused. */
    @Override
    void close();
}
