package io.conclave.backend.inmemory;

import io.conclave.spi.Cancellable;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The store's side of a session: when it was heard last and when it is ended. Touched only by the store's drain.
 *
 * <p>One timer runs per session; hearing from the client moves the deadline, not the timer. If the timer itself comes far too late, the
 * whole process has been standing still and the client could not speak: it gets half of its time again. Ending late is always safe.
 */
final class ServerSession {
    final EmbeddedSession client;
    final Set<ClientWatch> watches = new LinkedHashSet<>();
    private final StoreServer server;
    private final Duration ttl;
    private long deadlineNanos;
    private long timerNanos;
    private @Nullable Cancellable timer;
    private boolean over;

    ServerSession(StoreServer server, EmbeddedSession client, Duration ttl) {
        this.server = server;
        this.client = client;
        this.ttl = ttl;
    }

    /** The client was heard: it has its whole time-out from now on. */
    void touch() {
        deadlineNanos = server.clock.deadlineAfter(ttl);
        if (timer == null) {
            startTimer();
        }
    }

    private void startTimer() {
        timerNanos = deadlineNanos;
        timer = server.clock.schedule(() -> server.execute(this::timerFired), server.clock.until(deadlineNanos));
    }

    private void timerFired() {
        if (over) {
            return;
        }
        long now = server.clock.nanoTime();
        if (now - timerNanos > ttl.toNanos() / 4 && now - deadlineNanos >= 0) {
            deadlineNanos = now + ttl.toNanos() / 2;
        }
        if (now - deadlineNanos < 0) {
            startTimer();
        } else {
            server.end(client.id(), true);
        }
    }

    void stop() {
        over = true;
        if (timer != null) {
            timer.cancel();
        }
    }
}
