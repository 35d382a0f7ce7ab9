package io.conclave.spi;

import java.time.Duration;
import java.util.Objects;

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
