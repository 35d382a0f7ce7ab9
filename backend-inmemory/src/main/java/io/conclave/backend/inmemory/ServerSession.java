package io.conclave.backend.inmemory;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;

/** The embedded store's side of a session. Touched only by the store's drain. */
final class ServerSession {
    final EmbeddedSession client;
    final Set<ClientWatch> watches = new LinkedHashSet<>();
    final SessionDeadline deadline;

    ServerSession(StoreServer server, EmbeddedSession client, Duration ttl) {
        this.client = client;
        this.deadline = new SessionDeadline(server.clock, server::execute, ttl, () -> server.end(client.id(), true));
    }
}
