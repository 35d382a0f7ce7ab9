package io.conclave.spi;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What a backend can and cannot do, as plain values. A recipe names what it needs and is refused when it is built, never later.
 *
 * @param durability what survives what
 * @param exactHistory whether every change is told once and in order between resyncs
 * @param eventBeforeReply whether a reply never overtakes the watch event that it depends on
 * @param createdRevisionGuard for which nodes {@link Guard#present(NodePath, long)} works
 * @param snapshotRead whether the queries of one read see one state
 * @param minimumTtl the shortest session time-out that is granted
 * @param ttlStep granted time-outs are multiples of this
 * @param maxPayloadBytes the largest payload of a node, checked before sending
 * @param maxOperations the most guards, writes and reads of one commit, checked before sending
 * @param maxCommitBytes the most bytes of one commit, paths and payloads together, checked before sending
 */
public record Capabilities(
        Durability durability,
        boolean exactHistory,
        boolean eventBeforeReply,
        CreatedRevisionGuard createdRevisionGuard,
        boolean snapshotRead,
        Duration minimumTtl,
        Duration ttlStep,
        int maxPayloadBytes,
        int maxOperations,
        int maxCommitBytes) {

    /** Refuses nulls. */
    public Capabilities {
        Objects.requireNonNull(durability, "durability");
        Objects.requireNonNull(createdRevisionGuard, "createdRevisionGuard");
        Objects.requireNonNull(minimumTtl, "minimumTtl");
        Objects.requireNonNull(ttlStep, "ttlStep");
    }

    /**
     * Why a commit is larger than the backend takes (rule N10), for backends to ask before they send anything; empty if it is not.
     */
    public Optional<BackendException> refusal(Commit commit) {
        if (commit.operations() > maxOperations) {
            return Optional.of(new TooManyOperationsException("a commit of " + commit.operations()
                    + " guards, writes and reads is larger than the " + maxOperations + " allowed"));
        }
        long bytes = 0;
        for (Guard guard : commit.guards()) {
            bytes += bytesOf(guard.path());
        }
        for (Write write : commit.writes()) {
            int payload = write.data().size();
            if (payload > maxPayloadBytes) {
                return Optional.of(new PayloadTooLargeException("a payload of " + payload + " bytes for "
                        + write.place() + " is larger than the " + maxPayloadBytes + " allowed"));
            }
            bytes += bytesOf(write.place()) + payload;
        }
        for (Query query : commit.then()) {
            bytes += bytesOf(query.place());
        }
        return bytes <= maxCommitBytes
                ? Optional.empty()
                : Optional.of(new PayloadTooLargeException(
                        "a commit of " + bytes + " bytes is larger than the " + maxCommitBytes + " allowed"));
    }

    private static long bytesOf(NodePath path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }

    /** What survives what. */
    public enum Durability {
        /** Gone with the process. */
        NONE,
        /** Survives the loss of a minority of members. */
        REPLICATED
    }

    /** For which nodes a guard on the created revision is exact. */
    public enum CreatedRevisionGuard {
        /** For every node. */
        ALL,
        /** For sequential nodes, whose names are never reused. Others: {@link CapabilityMissingException}. */
        SEQUENTIAL_NODES
    }
}
