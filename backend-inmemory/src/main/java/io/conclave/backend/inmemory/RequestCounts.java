package io.conclave.backend.inmemory;

import java.util.EnumMap;
import java.util.Map;

/**
 * How many requests a client has sent since it began or since {@link ClientFaults#resetRequests()}.
 *
 * @param byKind how many of each kind; every kind is there
 * @param roundTrips how often one was sent while no other waited for its answer: requests that travel together count once. Heartbeats do
 *     not count
 */
public record RequestCounts(Map<RequestKind, Integer> byKind, int roundTrips) {
    /** Copies the map. */
    public RequestCounts {
        byKind = Map.copyOf(byKind);
    }

    /** How many of one kind. */
    public int of(RequestKind kind) {
        return byKind.getOrDefault(kind, 0);
    }

    /** How many of all kinds but heartbeats. */
    public int total() {
        return byKind.entrySet().stream()
                .filter(entry -> entry.getKey() != RequestKind.HEARTBEAT)
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    RequestCounts plus(RequestCounts other) {
        Map<RequestKind, Integer> sum = new EnumMap<>(byKind);
        other.byKind.forEach((kind, count) -> sum.merge(kind, count, Integer::sum));
        return new RequestCounts(sum, roundTrips + other.roundTrips);
    }
}
