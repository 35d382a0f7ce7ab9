package io.conclave.backend.inmemory;

import io.conclave.spi.Capabilities;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionSpec;
import java.time.Duration;

/**
 * The client's side of a session with a store in the same process. A request goes through the link to the store's drain, and the answer comes back as a
 * task of this session's drain: with nothing else going on, all of it on the caller's thread.
 */
final class EmbeddedSession extends StoreSession {
    final Link link;
    final EmbeddedBackend backend;
    private final StoreServer server;

    EmbeddedSession(
            EmbeddedBackend backend, Reply.Opened opened, SessionSpec spec, Duration ttl, SessionListener listener) {
        super(backend.gated(), opened, spec, ttl, listener);
        this.backend = backend;
        this.server = backend.server();
        this.link = new Link(server, this);
    }

    @Override
    void enter(Runnable call) {
        backend.enter(call);
    }

    @Override
    Capabilities capabilities() {
        return backend.capabilities();
    }

    @Override
    boolean isUp() {
        return link.isUp();
    }

    @Override
    boolean parks() {
        return false;
    }

    @Override
    void carry(Request<?> request) {
        server.execute(() -> server.handle(request, this));
    }

    @Override
    void reconnect() {
        server.execute(link::reconnect);
    }

    @Override
    void cancelled(ClientWatch watch) {
        server.execute(() -> server.unwatch(watch));
    }

    @Override
    void forgotten() {
        backend.forget(this);
    }

    /** A message from the store, in order. Called from the store's drain, which must not be held up. */
    void receive(Runnable message) {
        backend.gate().pass(() -> drain.executeLater(message));
    }
}
