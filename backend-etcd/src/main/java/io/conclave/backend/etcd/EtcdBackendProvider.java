package io.conclave.backend.etcd;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendProvider;
import io.conclave.spi.CapabilityMissingException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Makes backends for the URL schemes {@code etcd} and {@code etcds} (with TLS). Found through {@link java.util.ServiceLoader}; there is no
 * reason to call it directly.
 *
 * <p>{@link #connect} checks the configuration and sends nothing: a server is first looked for when a session is opened, which fails with {@link
 * io.conclave.spi.UnavailableException} at its deadline.
 */
public final class EtcdBackendProvider implements BackendProvider {
    static final String SCHEME = "etcd";
    static final String SCHEME_TLS = "etcds";

    /** For {@link java.util.ServiceLoader}. */
    public EtcdBackendProvider() {}

    @Override
    public Set<String> schemes() {
        return Set.of(SCHEME, SCHEME_TLS);
    }

    /** None. */
    @Override
    public Set<String> parameters() {
        return Set.of();
    }

    @Override
    public CompletionStage<Backend> connect(BackendConfig config) {
        try {
            return CompletableFuture.completedFuture(new EtcdBackend(Settings.of(config)));
        } catch (IllegalArgumentException | CapabilityMissingException impossible) {
            return CompletableFuture.failedFuture(impossible);
        }
    }
}
