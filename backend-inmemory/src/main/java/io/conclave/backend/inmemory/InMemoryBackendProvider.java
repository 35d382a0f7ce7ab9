package io.conclave.backend.inmemory;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendProvider;
import io.conclave.spi.BackendUrl;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Answers to {@code inmemory:} (a fresh store with each connection) and {@code inmemory:NAME} (the store of that name in this JVM). The
 * parameter {@code maxPayload} sets the largest payload in bytes of a store that is made by this connection; a store that exists keeps
 * its own, and its own clock. {@code inmemory://host:port,host:port/namespace} is a client of a {@link ReplicatedStore}. Credentials and TLS are refused by all of them.
 */
public final class InMemoryBackendProvider implements BackendProvider {
    private static final String MAX_PAYLOAD = "maxPayload";

    /** For {@link java.util.ServiceLoader}. */
    public InMemoryBackendProvider() {}

    @Override
    public Set<String> schemes() {
        return Set.of("inmemory");
    }

    @Override
    public Set<String> parameters() {
        return Set.of(MAX_PAYLOAD);
    }

    @Override
    public CompletionStage<Backend> connect(BackendConfig config) {
        try {
            return config.url().hosts().isEmpty() ? CompletableFuture.completedFuture(open(config)) : remote(config);
        } catch (IllegalArgumentException never) {
            return CompletableFuture.failedFuture(never);
        }
    }

    private static CompletionStage<Backend> remote(BackendConfig config) {
        if (config.credentials().isPresent() || config.tls().isPresent()) {
            throw new IllegalArgumentException(
                    "a replicated store takes no credentials and no TLS in this version: it listens on the loopback"
                            + " interface only");
        }
        if (config.url().parameter(MAX_PAYLOAD).isPresent()) {
            throw new IllegalArgumentException(MAX_PAYLOAD
                    + " is for stores inside this process (inmemory: and inmemory:NAME); a replicated store takes "
                    + Replication.capabilities().maxPayloadBytes() + " bytes");
        }
        return RemoteBackend.connect(config);
    }

    private static Backend open(BackendConfig config) {
        BackendUrl url = config.url();
        if (config.credentials().isPresent() || config.tls().isPresent()) {
            throw new IllegalArgumentException(
                    "an inmemory: store is reached by this process alone and takes no credentials and no TLS");
        }
        Limits limits = new Limits(url.parameter(MAX_PAYLOAD)
                .map(InMemoryBackendProvider::parseBytes)
                .orElse(Limits.DEFAULT_PAYLOAD_BYTES));
        EmbeddedStore store = url.name().isEmpty()
                ? new EmbeddedStore(config.timekeeper(), limits)
                : EmbeddedStore.named(url.name(), config.timekeeper(), limits);
        return store.connect();
    }

    private static int parseBytes(String value) {
        if (!value.matches("[0-9]{1,9}")) {
            throw new IllegalArgumentException(MAX_PAYLOAD + "='" + value + "' is not a number of bytes");
        }
        return Integer.parseInt(value);
    }
}
