package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.wire.Message;
import io.conclave.spi.Cancellable;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A session that is being opened: asked for with the same key on one connection after the other, so that an answer that is lost leaves no second session behind. Belief counts from the send of the request that was answered.
 */
final class RemoteOpening implements RemoteBackend.Receiver {
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final long TTL_MILLIS_MOST = Duration.ofDays(36_500).toMillis();

    private final RemoteBackend backend;
    private final int number;
    private final SessionSpec spec;
    private final SessionListener listener;
    private final Timekeeper clock;
    private final SerialDrain drain;
    private final String key = UUID.randomUUID().toString();
    private final CompletableFuture<Session> promise = new CompletableFuture<>();
    private @Nullable Cancellable timer;
    private volatile long askedNanos;
    private volatile long request;

    RemoteOpening(RemoteBackend backend, int number, SessionSpec spec, SessionListener listener) {
        this.backend = backend;
        this.number = number;
        this.spec = spec;
        this.listener = listener;
        this.clock = backend.timekeeper();
        this.drain = new SerialDrain(clock.executor());
    }

    CompletionStage<Session> stage() {
        return promise.minimalCompletionStage();
    }

    void failAt(long deadlineNanos, Supplier<RuntimeException> why) {
        drain.execute(() ->
                timer = clock.schedule(() -> drain.executeLater(() -> end(why.get())), clock.until(deadlineNanos)));
    }

    void fail(RuntimeException why) {
        drain.executeLater(() -> end(why));
    }

    private void end(RuntimeException why) {
        if (!promise.isDone()) {
            if (timer != null) {
                timer.cancel();
            }
            backend.forget(number);
            promise.completeExceptionally(why);
        }
    }

    @Override
    public void connected(int epoch) {
        drain.executeLater(() -> ask(epoch));
    }

    private void ask(int epoch) {
        if (!promise.isDone()) {
            askedNanos = clock.nanoTime();
            long next = request + 1;
            request = next;
            long ttlMillis = Math.min(TTL_MILLIS_MOST, Limits.grant(spec.ttl()).toMillis());
            backend.connector()
                    .send(
                            epoch,
                            new Message.Open(next, number, key, spec.incarnation(), ttlMillis, backend.namespace()));
        }
    }

    @Override
    public void disconnected(int epoch) {
        // asked again on the next connection
    }

    @Override
    public void received(int epoch, Message message) {
        if (message instanceof Message.Opened opened && opened.request() == request) {
            opened(epoch, opened);
        } else if (message instanceof Message.Failed failed && failed.request() == request) {
            if (failed.failure() == Message.Failure.INVALID) {
                fail(new InvalidRequestException(failed.text()));
            } else {
                var unused = clock.schedule(() -> drain.executeLater(() -> ask(epoch)), PAUSE);
            }
        }
    }

    /** On the connection's thread, so that what comes next for this number finds the session. */
    private void opened(int epoch, Message.Opened opened) {
        RemoteSession session = new RemoteSession(backend, opened, spec, listener, epoch);
        long asked = askedNanos;
        session.drain.executeLater(() -> session.begin(asked));
        backend.opened(session, epoch);
        drain.executeLater(() -> {
            if (timer != null) {
                timer.cancel();
            }
            if (promise.isDone()) {
                var unused = session.closeAsync();
            } else {
                session.drain.executeLater(() -> promise.complete(session));
            }
        });
    }
}
