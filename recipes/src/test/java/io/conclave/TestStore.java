package io.conclave;

import io.conclave.backend.inmemory.EmbeddedStore;
import io.conclave.backend.inmemory.FaultControl;
import io.conclave.backend.inmemory.VirtualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** An embedded store with virtual time, and the clients that a test connects to it. User callbacks run on the engine's thread, so all that follows has happened when a call returns. */
public final class TestStore implements AutoCloseable {
    /** The session time-out of every client. */
    public static final Duration TTL = Duration.ofSeconds(6);

    private static final AtomicInteger NAMES = new AtomicInteger();

    public final VirtualClock clock = new VirtualClock();
    public final String name = "test-" + NAMES.incrementAndGet();
    public final EmbeddedStore store =
            EmbeddedStore.builder().name(name).clock(clock).register();
    private final List<Conclave> clients = new ArrayList<>();

    /** The URL of the store. */
    public String url() {
        return "inmemory:" + name;
    }

    /** A new client, as another process would be. */
    public Conclave connect() {
        return connect(Conclave.builder(url()).executor(Runnable::run));
    }

    /** A new client with these options. */
    public Conclave connect(ConclaveBuilder options) {
        Conclave conclave = options.sessionTimeout(TTL).connect();
        clients.add(conclave);
        return conclave;
    }

    public FaultControl faults() {
        return store.faults();
    }

    public void advance(Duration by) {
        clock.advance(by);
    }

    @Override
    public void close() {
        clock.advanceInAwait(true);
        clients.forEach(Conclave::close);
        EmbeddedStore.discard(name);
    }
}
