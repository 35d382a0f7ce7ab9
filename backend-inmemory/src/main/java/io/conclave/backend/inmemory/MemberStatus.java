package io.conclave.backend.inmemory;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How one member of a replicated store is, as it says itself.
 *
 * @param address where it was asked
 * @param facts by name: see {@link ReplicatedStore#status()}; empty if it did not answer
 * @param trouble why it did not answer; empty if it did
 */
public record MemberStatus(String address, Map<String, String> facts, String trouble) {
    /** A copy that nobody can change, in the same order. */
    public MemberStatus {
        facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    }

    /** Whether it answered. */
    public boolean isReached() {
        return trouble.isEmpty();
    }

    /** Its id; 0 if it did not answer. */
    public int member() {
        return Integer.parseInt(facts.getOrDefault("member", "0"));
    }

    /** Whether it leads, and serves sessions. */
    public boolean isLeading() {
        return Boolean.parseBoolean(facts.get("serving"));
    }
}
