package io.conclave.backend.inmemory.wire;

/** One side of a connection. Thread-safe; no method blocks. */
public interface Connection {
    /**
     * Sends a message after those that were sent before, by whatever thread. Does nothing if the connection is closed. If too many messages wait, because the other side does not read, the connection is closed.
     */
    void send(Message message);

    /** Sends what waits and closes; {@link ConnectionHandler#onClosed} follows. */
    void close(String why);

    /** Stops or goes on reading. */
    void reading(boolean wanted);

    /** The other side knows the protocol: frames may be as large as they get. */
    void accepted();

    /** The other side's address, for people. */
    String peer();
}
