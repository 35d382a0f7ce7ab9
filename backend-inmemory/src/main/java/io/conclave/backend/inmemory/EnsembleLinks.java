package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.log.Links;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** What the members of an {@link Ensemble} hear of each other. */
final class EnsembleLinks implements Links {
    private static final long LOST = -1;

    private volatile Set<Integer> apart = Set.of();
    private final Set<Integer> deaf = ConcurrentHashMap.newKeySet();
    private final Map<Integer, Long> late = new ConcurrentHashMap<>();

    @Override
    public long delayMillis(int from, int to) {
        if (deaf.contains(from) || deaf.contains(to) || apart.contains(from) != apart.contains(to)) {
            return LOST;
        }
        return late.getOrDefault(from, 0L) + late.getOrDefault(to, 0L);
    }

    /** These hear only each other, and the others only each other. */
    void part(Set<Integer> members) {
        apart = Set.copyOf(members);
    }

    /** Hears nobody and is heard by nobody. */
    void deafen(int member) {
        deaf.add(member);
    }

    void restore(int member) {
        deaf.remove(member);
    }

    void slow(int member, Duration delay) {
        late.put(member, delay.toMillis());
    }

    /** Ends everything but {@link #deafen}. */
    void heal() {
        apart = Set.of();
        late.clear();
    }
}
