package io.conclave;

import io.conclave.spi.SessionState;
import java.time.Duration;
import java.util.Objects;

/**
 * How a connection is doing.
 *
 * @param state the session's state
 * @param sessionId the store's id of the session; empty before the first
 * @param sessions how many sessions were taken into use so far; attempts to open one do not count
 * @param validFor how long grants stand without further contact; zero if they do not, or if nothing is held or awaited
 * @param grants how many grants are held
 * @param waiting how many acquires wait
 */
public record Health(SessionState state, String sessionId, long sessions, Duration validFor, int grants, int waiting) {
    /** Refuses nulls. */
    public Health {
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(sessionId, "sessionId");
        Objects.requireNonNull(validFor, "validFor");
    }

    /** True if the session is in contact with the store. */
    public boolean isHealthy() {
        return state == SessionState.ACTIVE;
    }
}
