package io.conclave.backend.etcd;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The sessions of one namespace. They share the way to the servers. */
final class EtcdBackend implements Backend {
    private static final long TTL_MOST_SECONDS = 9_000_000_000L;

    private final Settings settings;
    private final Endpoints endpoints;
    private final Rpc rpc;
    private final SecureRandom random = new SecureRandom();
    private final Object lock = new Object();
    private final Set<EtcdSession> sessions = new LinkedHashSet<>();
    private final Set<SessionOpening> openings = new LinkedHashSet<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private boolean closing;

    EtcdBackend(Settings settings) {
        this.settings = settings;
        this.endpoints = new Endpoints(settings.timekeeper(), settings.servers(), settings.tls());
        this.rpc = new Rpc(
                endpoints, new Login(endpoints, settings.timekeeper(), settings.credentials()), settings.timekeeper());
    }

    @Override
    public Capabilities capabilities() {
        return Settings.capabilities();
    }

    @Override
    public Timekeeper timekeeper() {
        return settings.timekeeper();
    }

    @Override
    public CompletionStage<Session> openSession(SessionSpec spec, SessionListener listener, long deadlineNanos) {
        if (spec.ttl().toSeconds() > TTL_MOST_SECONDS) {
            return CompletableFuture.failedFuture(new IllegalArgumentException(
                    "session time-out " + spec.ttl() + " is longer than the 9,000,000,000 s that etcd takes"));
        }
        SessionOpening opening =
                new SessionOpening(settings, rpc, spec, listener, random.nextLong(), deadlineNanos, this::forget);
        synchronized (lock) {
            if (closing) {
                return CompletableFuture.failedFuture(new BackendClosedException("the backend is closed"));
            }
            openings.add(opening);
        }
        return opening.start().whenComplete((session, failure) -> {
            boolean tooLate;
            synchronized (lock) {
                openings.remove(opening);
                tooLate = closing;
                if (session instanceof EtcdSession opened && !opened.state().isFinal()) {
                    sessions.add(opened);
                }
            }
            if (tooLate && session != null) {
                session.closeAsync();
            }
        });
    }

    private void forget(EtcdSession session) {
        synchronized (lock) {
            sessions.remove(session);
        }
    }

    @Override
    public CompletionStage<Void> updateServers(List<String> servers) {
        if (servers.isEmpty()) {
            return CompletableFuture.failedFuture(new IllegalArgumentException("the list of servers is empty"));
        }
        try {
            List<String> complete = new ArrayList<>();
            for (String server : servers) {
                String host = BackendUrl.requireHost(server);
                complete.add(host.matches(".*:[0-9]+") ? host : host + ":" + Settings.PORT);
            }
            endpoints.update(complete);
            return CompletableFuture.completedFuture(null);
        } catch (IllegalArgumentException malformed) {
            return CompletableFuture.failedFuture(malformed);
        }
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        List<EtcdSession> running;
        List<SessionOpening> starting;
        synchronized (lock) {
            if (closing) {
                return closed.minimalCompletionStage();
            }
            closing = true;
            running = List.copyOf(sessions);
            starting = List.copyOf(openings);
        }
        starting.forEach(opening -> opening.cancel(new BackendClosedException("the backend was closed")));
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        for (EtcdSession session : running) {
            ends.add(session.closeAsync().toCompletableFuture());
        }
        CompletionStage<Void> all = CompletableFuture.allOf(ends.toArray(CompletableFuture<?>[]::new));
        all.handle((none, failure) -> finish(failure));
        return closed.minimalCompletionStage();
    }

    private boolean finish(@Nullable Throwable failure) {
        endpoints.close();
        Throwable cause = failure == null || failure.getCause() == null ? failure : failure.getCause();
        return cause == null ? closed.complete(null) : closed.completeExceptionally(cause);
    }
}
