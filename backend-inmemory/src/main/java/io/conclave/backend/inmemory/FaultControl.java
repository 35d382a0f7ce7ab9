package io.conclave.backend.inmemory;

import io.conclave.spi.Backend;
import java.util.List;

/**
 * Breaks things in an embedded store, for tests: what may happen to clients of a real one happens here on demand, at an exact step, and
 * repeatably.
 *
 * <pre>{@code
 * VirtualClock clock = new VirtualClock();
 * EmbeddedStore store = EmbeddedStore.builder().name("test").clock(clock).register();
 * // ... the code under test connects to "inmemory:test" ...
 * store.faults().latest().dropNextReply();  // its next commit is applied and the answer lost
 * store.faults().latest().expire();         // the store ends its session
 * }</pre>
 *
 * <p>All methods may be called from any thread, also from listeners. With a virtual clock a fault and all that follows from it at once have
 * happened when the method returns (from a listener: right after it). In real time the fault is in force for every request that is sent
 * after the method returned, and clients hear of it on helper threads. Nothing here runs by itself, and all chance comes from the seed that is given.
 */
public final class FaultControl {
    private final EmbeddedStore store;

    FaultControl(EmbeddedStore store) {
        this.store = store;
    }

    /** The client that owns the session; it may be over. Throws {@link IllegalArgumentException} if the store has not heard of it. */
    public ClientFaults session(String sessionId) {
        EmbeddedSession found = store.server().client(sessionId);
        if (found == null) {
            throw new IllegalArgumentException("no session '" + sessionId + "' in this store");
        }
        return ClientFaults.ofSession(store, found);
    }

    /** The client of the session that was opened last. Throws {@link IllegalStateException} if there was none. */
    public ClientFaults latest() {
        EmbeddedSession found = store.server().latest();
        if (found == null) {
            throw new IllegalStateException("no session was opened in this store");
        }
        return ClientFaults.ofSession(store, found);
    }

    /** All sessions of one connection, also those that it opens later. */
    public ClientFaults backend(Backend backend) {
        List<EmbeddedBackend> own = List.of(store.own(backend));
        return ClientFaults.ofBackends(store, () -> own);
    }

    /** All connections that there are at the time of each call: the store itself is out of reach. */
    public ClientFaults everyone() {
        return ClientFaults.ofBackends(store, store::backends);
    }

    /** The ids of the running sessions, in the order in which they were opened. */
    public List<String> sessions() {
        return store.server().sessionIds();
    }

    /** How many watches are set at the store: a test can see that none is left behind. */
    public int runningWatches() {
        return store.server().runningWatches();
    }

    /**
     * From now on each commit of any client meets, with this probability, {@link Fault#DROP_REPLY} or {@link Fault#DROP_REQUEST}. The same seed and
     * the same commits give the same faults.
     */
    public void randomly(long seed, double probability) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException("probability " + probability + " is not in 0 to 1");
        }
        store.run(() -> store.server().plan.randomly(seed, probability));
    }

    /** Forgets the faults that wait for a commit. What is cut, held or paused stays so. */
    public void clear() {
        store.run(() -> store.server().plan.clear());
    }
}
