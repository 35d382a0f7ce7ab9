package io.conclave.backend.zookeeper;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Until when a session may be believed to live (rules T1, T2). Only writes that a quorum acknowledged prove anything: a follower that
 * is cut off from its leader goes on answering reads and pings.
 *
 * <p>A follower hands the news of a client to its leader only with pings, one each half tick. So an acknowledged write proves a full
 * time-out from its send only once another write, sent at least half a tick later, was acknowledged too: by then the news had arrived. Half
 * a tick is at most a quarter of the time-out, since servers grant no less than two ticks. The latest write alone proves what is left of a
 * time-out after the client's own ping interval (a third) and that half tick; a third is on the safe side.
 */
final class SessionClock {
    private static final int SAMPLES_PER_TTL = 32;

    private final long ttlNanos;
    private final Deque<Long> acknowledged = new ArrayDeque<>();
    private long latest;
    private volatile long validUntil;

    /** Begins with the session's creation, a write that was sent no earlier than connecting began. */
    SessionClock(long ttlNanos, long createdNanos) {
        this.ttlNanos = ttlNanos;
        this.latest = createdNanos;
        this.validUntil = createdNanos + ttlNanos / 3;
        acknowledged.add(createdNanos);
    }

    /** A write sent at that moment was acknowledged. Calls come one at a time. */
    void acknowledged(long sentNanos) {
        if (sentNanos - latest < 0) {
            return;
        }
        latest = sentNanos;
        if (sentNanos - acknowledged.getLast() >= ttlNanos / SAMPLES_PER_TTL) {
            acknowledged.add(sentNanos);
        }
        long reported = latest - ttlNanos / 4;
        long best = acknowledged.removeFirst();
        while (!acknowledged.isEmpty() && acknowledged.getFirst() - reported <= 0) {
            best = acknowledged.removeFirst();
        }
        acknowledged.addFirst(best);
        long proven = latest + ttlNanos / 3;
        if (best - reported <= 0) {
            proven = later(proven, best + ttlNanos - ttlNanos / 16);
        }
        validUntil = later(validUntil, proven);
    }

    /** Never decreases; may be read by any thread. */
    long validUntil() {
        return validUntil;
    }

    private static long later(long one, long other) {
        return one - other >= 0 ? one : other;
    }
}
