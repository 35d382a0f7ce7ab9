package io.conclave.tck;

import io.conclave.spi.Backend;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** A small, complete and single-threaded backend over the model, for trying the kit itself. */
final class RefBackend implements Backend {
    static final Capabilities CAN = new Capabilities(
            Capabilities.Durability.NONE,
            true,
            true,
            Capabilities.CreatedRevisionGuard.ALL,
            true,
            Duration.ofMillis(10),
            Duration.ofMillis(1),
            10_000,
            50,
            25_000);

    final RefLink link;
    private final RefStore store;
    private final String namespace;
    private final List<RefSession> sessions = new CopyOnWriteArrayList<>();

    RefBackend(RefStore store, String namespace) {
        this.store = store;
        this.namespace = namespace;
        this.link = new RefLink(store.time);
    }

    @Override
    public Capabilities capabilities() {
        return CAN;
    }

    @Override
    public Timekeeper timekeeper() {
        return store.is(Bug.ANOTHER_TIMEKEEPER) ? Timekeeper.system() : store.time;
    }

    @Override
    public CompletionStage<Session> openSession(SessionSpec spec, SessionListener listener, long deadlineNanos) {
        CompletableFuture<Session> opened = new CompletableFuture<>();
        ManualTime time = store.time;
        if (time.isPast(deadlineNanos)) {
            opened.completeExceptionally(new UnavailableException("the deadline has passed"));
            return opened;
        }
        time.schedule(
                () -> opened.completeExceptionally(new UnavailableException("the store was not reached")),
                time.until(deadlineNanos));
        long sent = time.nanoTime();
        time.executor()
                .execute(() -> link.call(() -> store.open(store.space(namespace), spec.ttl(), link), member -> {
                    RefSession session = new RefSession(store, member, spec, listener, sent);
                    sessions.add(session);
                    session.start();
                    opened.complete(session);
                }));
        return opened;
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        return CompletableFuture.allOf(sessions.stream()
                .map(session -> session.closeAsync().toCompletableFuture())
                .toArray(CompletableFuture[]::new));
    }
}
