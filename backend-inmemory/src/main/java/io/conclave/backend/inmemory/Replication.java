package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.wire.Wire;
import io.conclave.spi.Capabilities;
import java.time.Duration;

/** The bounds of a replicated store: the same at all members and clients of this version. */
final class Replication {
    static final int PORT = 7420;
    static final Duration TTL_LEAST = Duration.ofMillis(500);
    /** A commit with the namespace before each of its paths, and the ids of unsettled operations. */
    static final int ENTRY_BYTES_MAX = Wire.REQUEST_BYTES_MAX;

    private static final Duration TTL_STEP = Duration.ofMillis(1);
    private static final int PAYLOAD_BYTES_MAX = 1_000_000;
    private static final int COMMIT_BYTES_MAX = 3_000_000;
    private static final int OPERATIONS_MAX = 1_000;

    private Replication() {}

    static Capabilities capabilities() {
        return new Capabilities(
                Capabilities.Durability.REPLICATED,
                true,
                true,
                Capabilities.CreatedRevisionGuard.ALL,
                true,
                TTL_LEAST,
                TTL_STEP,
                PAYLOAD_BYTES_MAX,
                OPERATIONS_MAX,
                COMMIT_BYTES_MAX);
    }

    /** The granted time-out. */
    static Duration grant(Duration asked) {
        Duration whole = Limits.grant(asked);
        return whole.compareTo(TTL_LEAST) < 0 ? TTL_LEAST : whole;
    }
}
