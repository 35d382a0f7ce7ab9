package io.conclave.backend.inmemory.wire;

/** Hears what comes in on a connection: one call at a time, on the connection's event thread. Must not block and must not call user code. */
public interface ConnectionHandler {
    /** The connection is made. */
    void onOpen(Connection connection);

    /** A message has come. */
    void onMessage(Message message);

    /** The connection is over, or was never made. The last call. */
    void onClosed(String why);
}
