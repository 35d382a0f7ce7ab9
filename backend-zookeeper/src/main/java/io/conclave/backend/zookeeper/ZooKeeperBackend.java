package io.conclave.backend.zookeeper;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The sessions of one namespace. */
final class ZooKeeperBackend implements Backend {
    private static final long MILLIS_MOST = Integer.MAX_VALUE;

    private final ClientSettings settings;
    private final SecureRandom random = new SecureRandom();
    private final Object lock = new Object();
    private final Set<ZooKeeperSession> sessions = new LinkedHashSet<>();
    private final Set<SessionOpening> openings = new LinkedHashSet<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private String servers;
    private boolean closing;

    ZooKeeperBackend(ClientSettings settings, List<String> servers) {
        this.settings = settings;
        this.servers = String.join(",", servers);
    }

    @Override
    public Capabilities capabilities() {
        return settings.capabilities();
    }

    @Override
    public Timekeeper timekeeper() {
        return settings.timekeeper();
    }

    @Override
    public CompletionStage<Session> openSession(SessionSpec spec, SessionListener listener, long deadlineNanos) {
        long millis = millis(spec.ttl());
        if (millis > MILLIS_MOST) {
            return CompletableFuture.failedFuture(
                    new IllegalArgumentException("session time-out " + spec.ttl() + " is longer than 24 days"));
        }
        SessionOpening opening = new SessionOpening(settings, spec, listener, random.nextLong(), this::forget);
        synchronized (lock) {
            if (closing) {
                return CompletableFuture.failedFuture(new BackendClosedException("the backend is closed"));
            }
            openings.add(opening);
        }
        return opening.start((int) millis, this::servers, deadlineNanos).whenComplete((session, failure) -> {
            boolean tooLate;
            synchronized (lock) {
                openings.remove(opening);
                tooLate = closing;
                if (session instanceof ZooKeeperSession opened
                        && !opened.state().isFinal()) {
                    sessions.add(opened);
                }
            }
            if (tooLate && session != null) {
                session.closeAsync();
            }
        });
    }

    private String servers() {
        synchronized (lock) {
            return servers;
        }
    }

    private static long millis(Duration ttl) {
        try {
            return Math.max(
                    ClientSettings.TTL_LEAST.toMillis(), ttl.plusNanos(999_999).toMillis());
        } catch (ArithmeticException tooLong) {
            return Long.MAX_VALUE;
        }
    }

    private void forget(ZooKeeperSession session) {
        synchronized (lock) {
            sessions.remove(session);
        }
    }

    @Override
    public CompletionStage<Void> updateServers(List<String> newServers) {
        if (newServers.isEmpty()) {
            return CompletableFuture.failedFuture(new IllegalArgumentException("the list of servers is empty"));
        }
        List<ZooKeeperSession> running;
        List<SessionOpening> starting;
        String joined;
        try {
            newServers.forEach(BackendUrl::requireHost);
            joined = String.join(",", newServers);
        } catch (IllegalArgumentException malformed) {
            return CompletableFuture.failedFuture(malformed);
        }
        synchronized (lock) {
            servers = joined;
            running = List.copyOf(sessions);
            starting = List.copyOf(openings);
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(() -> tell(running, starting, joined, done), "conclave-zookeeper-servers");
        thread.setDaemon(true); // the client may look up host names, which blocks
        thread.start();
        return done.minimalCompletionStage();
    }

    private static void tell(
            List<ZooKeeperSession> sessions,
            List<SessionOpening> openings,
            String servers,
            CompletableFuture<Void> done) {
        try {
            for (ZooKeeperSession session : sessions) {
                session.handle().updateServerList(servers);
            }
            for (SessionOpening opening : openings) {
                Optional<Handle> handle =
                        opening.started().toCompletableFuture().join();
                if (handle.isPresent()) {
                    handle.get().updateServerList(servers);
                }
            }
            done.complete(null);
        } catch (IOException | RuntimeException failure) {
            done.completeExceptionally(
                    new IllegalArgumentException("these servers were not taken: " + servers, failure));
        }
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        List<ZooKeeperSession> running;
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
        for (ZooKeeperSession session : running) {
            ends.add(session.closeAsync().toCompletableFuture());
        }
        CompletionStage<Void> all = CompletableFuture.allOf(ends.toArray(CompletableFuture<?>[]::new));
        all.handle((none, failure) -> finish(failure));
        return closed.minimalCompletionStage();
    }

    private boolean finish(@Nullable Throwable failure) {
        settings.close();
        Throwable cause = failure == null || failure.getCause() == null ? failure : failure.getCause();
        return cause == null ? closed.complete(null) : closed.completeExceptionally(cause);
    }
}
