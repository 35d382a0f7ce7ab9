package io.conclave;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One holder or waiter of a path, as an observer sees it.
 *
 * @param owner the label of the process; for other clients' nodes their data as text; shortened, and without control characters
 * @param position 0 for the first in the queue
 * @param kind what it wants: {@code lock}, {@code latch}, {@code read}, {@code write}, or {@code permits} with their number
 * @param holding whether it is its turn, so that it holds what it wants, or is about to
 * @param own whether it belongs to this Conclave
 * @param fencingToken the token that its grant has, or will have; empty where it cannot be told
 * @param queuedSince when it entered the queue by its own wall clock: information only
 * @param node the name of its node
 */
public record Contender(
        String owner,
        int position,
        String kind,
        boolean holding,
        boolean own,
        OptionalLong fencingToken,
        Optional<Instant> queuedSince,
        String node) {
    /** Refuses nulls. */
    public Contender {
        Objects.requireNonNull(owner, "owner");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(fencingToken, "fencingToken");
        Objects.requireNonNull(queuedSince, "queuedSince");
        Objects.requireNonNull(node, "node");
    }
}
