package io.conclave.spi;

import java.time.Duration;
import java.util.Objects;

/**
 * What a new session shall be.
 *
 * @param ttl how long the store keeps the session without hearing from it; the store may grant another: {@link Session#ttl()}
 * @param incarnation grows with each session that one client opens in turn
 */
public record SessionSpec(Duration ttl, long incarnation) {
    /** Refuses nulls and times that are not positive. */
    public SessionSpec {
        Objects.requireNonNull(ttl, "ttl");
        if (ttl.isNegative() || ttl.isZero()) {
            throw new IllegalArgumentException("session time-out " + ttl + " is not positive");
        }
    }
}
