package io.conclave.it.support;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What has passed a proxy, in order: to count requests and round trips.
 *
 * @param frames the log since it was last cleared
 */
public record Traffic(List<Frame> frames) {
    /** What a frame is. */
    public enum Kind {
        /** From the client. */
        REQUEST,
        /** The answer to a request. */
        REPLY,
        /** A watch event. */
        EVENT
    }

    /**
     * One frame.
     *
     * @param connection which of the proxy's connections
     * @param kind what it is
     * @param request the request, or the one that is answered; for events one without parts
     * @param nanos when it passed
     */
    public record Frame(long connection, Kind kind, Request request, long nanos) {}

    /** Copies the frames. */
    public Traffic {
        frames = List.copyOf(frames);
    }

    /** How many such requests there were. */
    public long requests(Predicate<Request> wanted) {
        return frames.stream()
                .filter(frame -> frame.kind == Kind.REQUEST && wanted.test(frame.request))
                .count();
    }

    /** How many events were told. */
    public long events() {
        return frames.stream().filter(frame -> frame.kind == Kind.EVENT).count();
    }

    /** Requests by opcode. */
    public Map<Integer, Integer> requestsByOpcode() {
        Map<Integer, Integer> counts = new TreeMap<>();
        for (Frame frame : frames) {
            if (frame.kind == Kind.REQUEST) {
                counts.merge(frame.request.opcode(), 1, Integer::sum);
            }
        }
        return counts;
    }

    /**
     * How many round trips such requests took one after another: a request opens a new one if a reply to such a request had passed since the last was opened. Requests that
     * were sent without waiting for a reply share one. Counted per connection and added up.
     */
    public int rounds(Predicate<Request> wanted) {
        Map<Long, Integer> rounds = new HashMap<>();
        Set<Long> open = new HashSet<>();
        for (Frame frame : frames) {
            if (frame.kind == Kind.EVENT || !wanted.test(frame.request)) {
                continue;
            }
            if (frame.kind == Kind.REPLY) {
                open.remove(frame.connection);
            } else if (open.add(frame.connection)) {
                rounds.merge(frame.connection, 1, Integer::sum);
            }
        }
        return rounds.values().stream().mapToInt(Integer::intValue).sum();
    }
}
