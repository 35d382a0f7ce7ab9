package io.conclave.backend.zookeeper;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendProvider;
import io.conclave.spi.CapabilityMissingException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Makes backends for the URL schemes {@code zookeeper} and {@code zookeepers} (with TLS). Found through {@link java.util.ServiceLoader}; there
 * is no reason to call it directly.
 *
 * <p>{@link #connect} checks the configuration and sends nothing: a server is first looked for when a session is opened, which fails with {@link
 * io.conclave.spi.UnavailableException} at its deadline.
 */
public final class ZooKeeperBackendProvider implements BackendProvider {
    static final String SCHEME = "zookeeper";
    static final String SCHEME_TLS = "zookeepers";

    /** For {@link java.util.ServiceLoader}. */
    public ZooKeeperBackendProvider() {}

    @Override
    public Set<String> schemes() {
        return Set.of(SCHEME, SCHEME_TLS);
    }

    /** {@code juteMaxBuffer}: the largest request that the servers take, in bytes, as set there in {@code jute.maxbuffer}. */
    @Override
    public Set<String> parameters() {
        return Set.of(ClientSettings.PARAMETER_JUTE);
    }

    @Override
    public CompletionStage<Backend> connect(BackendConfig config) {
        try {
            return CompletableFuture.completedFuture(
                    new ZooKeeperBackend(ClientSettings.of(config), config.url().hostsWithPort(2181)));
        } catch (IllegalArgumentException | CapabilityMissingException impossible) {
            return CompletableFuture.failedFuture(impossible);
        }
    }
}
