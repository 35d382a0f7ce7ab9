package io.conclave.spi;

/** Hears the state changes of one session, serially, in order, never two at a time. Must not block. */
@FunctionalInterface
public interface SessionListener {
    /** The session has changed to this state. The state before is never repeated. */
    void onState(Session session, SessionState state);
}
