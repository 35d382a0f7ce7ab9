package io.conclave.backend.inmemory;

import io.conclave.spi.BackendException;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Commit;
import io.conclave.spi.Guard;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.PayloadTooLargeException;
import io.conclave.spi.TooManyOperationsException;
import io.conclave.spi.Write;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The bounds of one store, checked before anything is sent (rule N10).
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

    @Nullable
    BackendException check(Commit commit) {
        if (commit.operations() > OPERATIONS_MAX) {
            return new TooManyOperationsException("a commit with " + commit.operations()
                    + " guards, writes and reads is over the bound of " + OPERATIONS_MAX);
        }
        long bytes = 0;
        for (Guard guard : commit.guards()) {
            bytes += bytesOf(guard.path());
        }
        for (Write write : commit.writes()) {
            int payload = payloadOf(write).size();
            if (payload > maxPayloadBytes) {
                return new PayloadTooLargeException("a payload of " + payload + " bytes for " + pathOf(write)
                        + " is over the bound of " + maxPayloadBytes);
            }
            bytes += payload + bytesOf(pathOf(write));
        }
        return bytes <= maxCommitBytes()
                ? null
                : new PayloadTooLargeException(
                        "a commit of " + bytes + " bytes is over the bound of " + maxCommitBytes());
    }

    private static long bytesOf(NodePath path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    private static Payload payloadOf(Write write) {
        if (write instanceof Write.CreateNamed create) {
            return create.data();
        }
        if (write instanceof Write.CreateSequential create) {
            return create.data();
        }
        return write instanceof Write.Put put ? put.data() : Payload.empty();
    }

    private static NodePath pathOf(Write write) {
        if (write instanceof Write.CreateNamed create) {
            return create.path();
        }
        if (write instanceof Write.CreateSequential create) {
            return create.directory();
        }
        return write instanceof Write.Put put ? put.path() : ((Write.Delete) write).path();
    }
}
