package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.wire.Message;
import io.conclave.spi.Backend;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Cancellable;
import io.conclave.spi.Capabilities;
import io.conclave.spi.NodePath;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A client of a replicated store: one connection, and the sessions that share it. */
final class RemoteBackend implements Backend, Connector.Owner {

    /** Who a message on the connection is for: a session, or one that is being opened. */
    interface Receiver {
        void connected(int epoch);

        void disconnected(int epoch);

        void received(int epoch, Message message);
    }

    private final Timekeeper clock;
    private final NodePath namespace;
    private final Connector connector;
    private final AtomicInteger numbers = new AtomicInteger();
    private final Map<Integer, Receiver> receivers = new ConcurrentHashMap<>();
    private final CompletableFuture<Backend> reached = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private volatile boolean closing;

    private RemoteBackend(Timekeeper clock, BackendUrl url) {
        this.clock = clock;
        this.namespace = url.namespace();
        this.connector = new Connector(this, clock, url.hostsWithPort(Replication.PORT));
    }

    static CompletionStage<Backend> connect(BackendConfig config) {
        RemoteBackend backend = new RemoteBackend(config.timekeeper(), config.url());
        backend.connector.start();
        if (config.serverMayComeLater()) {
            return CompletableFuture.completedFuture(backend);
        }
        Cancellable timer = config.timekeeper()
                .schedule(
                        () -> config.timekeeper().executor().execute(backend::notReached),
                        config.timekeeper().until(config.connectDeadlineNanos()));
        return backend.reached.whenComplete((made, failure) -> timer.cancel());
    }

    private void notReached() {
        if (reached.completeExceptionally(unreachable("the store was not reached by the deadline"))) {
            var unused = closeAsync();
        }
    }

    private UnavailableException unreachable(String what) {
        return new UnavailableException(what + ": " + connector.trouble());
    }

    // ---- the connector's calls

    @Override
    public void connected(int epoch) {
        receivers.values().forEach(receiver -> receiver.connected(epoch));
        if (!reached.isDone()) {
            clock.executor().execute(() -> reached.complete(this));
        }
    }

    @Override
    public void disconnected(int epoch) {
        receivers.values().forEach(receiver -> receiver.disconnected(epoch));
    }

    @Override
    public void received(int epoch, Message message) {
        Receiver receiver = receivers.get(sessionOf(message));
        if (receiver != null) {
            receiver.received(epoch, message);
        }
    }

    private static int sessionOf(Message message) {
        if (message instanceof Message.Events events) {
            return events.session();
        } else if (message instanceof Message.Result result) {
            return result.session();
        } else if (message instanceof Message.Views views) {
            return views.session();
        } else if (message instanceof Message.Done done) {
            return done.session();
        } else if (message instanceof Message.Withdrawn withdrawn) {
            return withdrawn.session();
        } else if (message instanceof Message.Failed failed) {
            return failed.session();
        } else if (message instanceof Message.Opened opened) {
            return opened.session();
        }
        return message instanceof Message.Ended ended ? ended.session() : 0;
    }

    // ---- for the sessions

    Connector connector() {
        return connector;
    }

    NodePath namespace() {
        return namespace;
    }

    void forget(int number) {
        receivers.remove(number);
    }

    /** Puts the session in the place of its opening, on the connection's thread. */
    void opened(RemoteSession session, int epoch) {
        receivers.put(session.number(), session);
        connector.execute(() -> {
            if (connector.epoch() != epoch) {
                session.disconnected(epoch);
                if (connector.epoch() != 0) {
                    session.connected(connector.epoch());
                }
            }
        });
    }

    // ---- the contract

    @Override
    public Capabilities capabilities() {
        return Replication.capabilities();
    }

    @Override
    public Timekeeper timekeeper() {
        return clock;
    }

    @Override
    public CompletionStage<Session> openSession(SessionSpec spec, SessionListener listener, long deadlineNanos) {
        Objects.requireNonNull(spec, "spec");
        Objects.requireNonNull(listener, "listener");
        int number = numbers.incrementAndGet();
        RemoteOpening opening = new RemoteOpening(this, number, spec, listener);
        receivers.put(number, opening);
        if (closing) {
            opening.fail(new BackendClosedException("the backend was closed"));
        } else {
            opening.failAt(deadlineNanos, () -> unreachable("no session was opened by the deadline"));
            connector.execute(() -> {
                if (connector.epoch() != 0) {
                    opening.connected(connector.epoch());
                }
            });
        }
        return opening.stage();
    }

    @Override
    public CompletionStage<Void> updateServers(List<String> servers) {
        try {
            if (servers.isEmpty() || servers.size() > BackendUrl.MAX_HOSTS) {
                throw new IllegalArgumentException(
                        servers.size() + " servers; 1 to " + BackendUrl.MAX_HOSTS + " are allowed");
            }
            String hosts = String.join(",", servers);
            connector.servers(BackendUrl.parse("inmemory://" + hosts).hostsWithPort(Replication.PORT));
            return CompletableFuture.completedFuture(null);
        } catch (IllegalArgumentException wrong) {
            return CompletableFuture.failedFuture(wrong);
        }
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        closing = true;
        connector.execute(this::close);
        return closed.minimalCompletionStage();
    }

    private @Nullable CompletableFuture<Void> allClosed;

    private void close() {
        if (allClosed != null) {
            return;
        }
        List<CompletableFuture<?>> sessions = new ArrayList<>();
        for (Receiver receiver : receivers.values()) {
            if (receiver instanceof RemoteSession session) {
                sessions.add(session.closeAsync().toCompletableFuture());
            } else if (receiver instanceof RemoteOpening opening) {
                opening.fail(new BackendClosedException("the backend was closed"));
            }
        }
        allClosed = CompletableFuture.allOf(sessions.toArray(CompletableFuture[]::new));
        var unused = allClosed.whenComplete((done, failure) -> {
            connector.close();
            reached.completeExceptionally(new BackendClosedException("the backend was closed"));
            closed.complete(null);
        });
    }
}
