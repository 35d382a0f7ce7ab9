package io.conclave.examples;

import io.conclave.fencing.FencingGate;
import java.util.ArrayList;
import java.util.List;

/** A resource that takes part: it asks its gate before each operation, and holds nobody's operation up for longer than its own list. */
public final class Ledger {
    // snippet:gate
    private final FencingGate gate = FencingGate.inMemory("ledger");
    private final List<String> entries = new ArrayList<>();

    /** Throws StaleTokenException, and changes nothing, if a later holder was here before. */
    public synchronized void post(String entry, long fencingToken) {
        gate.enterExclusive(fencingToken);
        entries.add(entry);
    }
    // end

    /** What was posted so far. */
    public synchronized List<String> entries() {
        return List.copyOf(entries);
    }
}
