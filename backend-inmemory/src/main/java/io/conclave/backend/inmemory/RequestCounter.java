package io.conclave.backend.inmemory;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the requests of one session. Written by its drain, read and reset from anywhere. */
final class RequestCounter {
    private final Map<RequestKind, AtomicInteger> counts = new EnumMap<>(RequestKind.class);
    private final AtomicInteger roundTrips = new AtomicInteger();

    RequestCounter() {
        for (RequestKind kind : RequestKind.values()) {
            counts.put(kind, new AtomicInteger());
        }
    }

    void count(RequestKind kind, boolean alone) {
        AtomicInteger count = counts.get(kind);
        if (count != null) {
            count.incrementAndGet();
        }
        if (alone && kind != RequestKind.HEARTBEAT) {
            roundTrips.incrementAndGet();
        }
    }

    RequestCounts get() {
        Map<RequestKind, Integer> byKind = new EnumMap<>(RequestKind.class);
        counts.forEach((kind, count) -> byKind.put(kind, count.get()));
        return new RequestCounts(byKind, roundTrips.get());
    }

    void reset() {
        counts.values().forEach(count -> count.set(0));
        roundTrips.set(0);
    }
}
