package io.conclave.fencing;

import java.util.concurrent.ConcurrentHashMap;

/**
 * Where a gate keeps its marks: next to the resource, at least as durable as it, and changed atomically. The examples have one for JDBC. Failures are the
 * implementation's own unchecked exceptions and pass through the gate.
 */
public interface MarkStore {
    /** The present marks; {@link Marks#NONE} for a resource that is new. */
    Marks read(String resource);

    /** Replaces the marks if they are still the expected ones. Returns false, and changes nothing, if not. */
    boolean replace(String resource, Marks expected, Marks next);

    /** Marks in memory, gone with the process. */
    static MarkStore inMemory() {
        ConcurrentHashMap<String, Marks> marks = new ConcurrentHashMap<>();
        return new MarkStore() {
            @Override
            public Marks read(String resource) {
                return marks.getOrDefault(resource, Marks.NONE);
            }

            @Override
            public boolean replace(String resource, Marks expected, Marks next) {
                return expected.equals(Marks.NONE)
                        ? marks.putIfAbsent(resource, next) == null || marks.replace(resource, expected, next)
                        : marks.replace(resource, expected, next);
            }
        };
    }
}
