package io.conclave.discovery;

import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Which instances have failed lately, by id, and until when they are left alone. Holds no more ids than there are instances. */
final class BackOff {
    private static final int DOUBLINGS_MAX = 40;

    private record Errors(int inARow, long untilNanos) {}

    private final Timekeeper timekeeper;
    private final Duration first;
    private final Duration longest;
    private final Map<String, Errors> errors = new ConcurrentHashMap<>();

    BackOff(Timekeeper timekeeper, Duration first, Duration longest) {
        this.timekeeper = timekeeper;
        this.first = first;
        this.longest = longest;
    }

    void noteError(String id) {
        errors.compute(id, (same, before) -> {
            int inARow = before == null ? 1 : Math.min(DOUBLINGS_MAX, before.inARow() + 1);
            return new Errors(inARow, timekeeper.deadlineAfter(pause(inARow)));
        });
    }

    private Duration pause(int inARow) {
        Duration pause = first;
        for (int i = 1; i < inARow && pause.compareTo(longest) < 0; i++) {
            pause = pause.multipliedBy(2);
        }
        return pause.compareTo(longest) < 0 ? pause : longest;
    }

    void forget(String id) {
        errors.remove(id);
    }

    void keepOnly(Set<String> ids) {
        errors.keySet().retainAll(ids);
    }

    boolean isOver(String id) {
        Errors noted = errors.get(id);
        return noted == null || timekeeper.isPast(noted.untilNanos());
    }
}
