package io.conclave.backend.inmemory;

import io.conclave.spi.Capabilities;
import java.time.Duration;

/**
 * The bounds of one store.
 *
 * @param maxPayloadBytes the largest payload
 */
record Limits(int maxPayloadBytes) {
    static final int DEFAULT_PAYLOAD_BYTES = 1_000_000;
    static final Duration TTL_STEP = Duration.ofMillis(1);
    private static final int PAYLOAD_BYTES_MAX = 100_000_000;
    private static final int OPERATIONS_MAX = 1_000;
    private static final int COMMIT_BYTES_MORE = 4_000_000;

    Limits {
        if (maxPayloadBytes < 1 || maxPayloadBytes > PAYLOAD_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "maxPayload " + maxPayloadBytes + " is not in 1 to " + PAYLOAD_BYTES_MAX + " bytes");
        }
    }

    Capabilities capabilities() {
        return new Capabilities(
                Capabilities.Durability.NONE,
                true,
                true,
                Capabilities.CreatedRevisionGuard.ALL,
                true,
                TTL_STEP,
                TTL_STEP,
                maxPayloadBytes,
                OPERATIONS_MAX,
                maxCommitBytes());
    }

    private int maxCommitBytes() {
        return maxPayloadBytes + COMMIT_BYTES_MORE;
    }

    /** The granted time-out: whole milliseconds, at least one. */
    static Duration grant(Duration asked) {
        try {
            return Duration.ofMillis(Math.max(1, Math.addExact(asked.toNanos(), 999_999) / 1_000_000));
        } catch (ArithmeticException tooLong) {
            return Duration.ofDays(36_500);
        }
    }
}
