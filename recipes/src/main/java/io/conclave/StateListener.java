package io.conclave;

import io.conclave.spi.SessionState;

/** Hears the session's state changes, in order, on the user's executor, never two at a time. */
@FunctionalInterface
public interface StateListener {
    /** The session is in this state now. After LOST follows ACTIVE when a new session has been opened. */
    void onState(SessionState state);
}
