package io.conclave;

import io.conclave.backend.inmemory.EmbeddedStore;
import io.conclave.backend.inmemory.VirtualClock;
import io.conclave.spi.Backend;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/** A store that can be wiped under its running clients: an empty one with lower revisions takes its place, and all sessions are over. */
public final class WipeableStore implements AutoCloseable {
    public final VirtualClock clock = new VirtualClock();
    private volatile EmbeddedStore present = EmbeddedStore.create(clock);
    private final List<Conclave> clients = new ArrayList<>();

    /** A client that stays connected over wipes. */
    public Conclave connect() {
        String url =
                ScriptedBackends.urlOf(config -> CompletableFuture.completedFuture(new Switching(present.connect())));
        Conclave client = Conclave.builder(url)
                .executor(Runnable::run)
                .sessionTimeout(TestStore.TTL)
                .connect();
        clients.add(client);
        return client;
    }

    /** Replaces the store by an empty one whose clock was a day behind. */
    public void wipe() {
        EmbeddedStore old = present;
        clock.stepWallClock(Duration.ofDays(-1));
        present = EmbeddedStore.create(clock);
        old.faults().everyone().expire();
        clock.advance(Duration.ofSeconds(2));
    }

    @Override
    public void close() {
        clock.advanceInAwait(true);
        clients.forEach(Conclave::close);
    }

    private final class Switching extends DelegatingBackend {
        private final List<Backend> opened = new ArrayList<>();

        Switching(Backend first) {
            super(first, UnaryOperator.identity());
        }

        @Override
        public CompletionStage<Session> openSession(SessionSpec spec, SessionListener listener, long deadlineNanos) {
            Backend backend = present.connect();
            opened.add(backend);
            return backend.openSession(spec, listener, deadlineNanos);
        }

        @Override
        public CompletionStage<Void> closeAsync() {
            opened.forEach(Backend::closeAsync);
            return super.closeAsync();
        }
    }
}
