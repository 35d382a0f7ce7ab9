package io.conclave.spi;

import java.util.Set;
import java.util.concurrent.CompletionStage;

/** Makes backends of one kind. Found through {@link java.util.ServiceLoader} by the scheme of the URL. */
public interface BackendProvider {
    /** The URL schemes that it answers to, in lower case, such as {@code zookeeper}. */
    Set<String> schemes();

    /** The names of the URL parameters that it understands, besides {@code sessionTimeout}, which the core reads. */
    Set<String> parameters();

    /**
     * Connects. Fails with an {@link IllegalArgumentException} for a configuration that can never work, before anything is sent,
     * and with {@link UnavailableException} if the store was not reached by {@link BackendConfig#connectDeadlineNanos()}, unless
     * {@link BackendConfig#serverMayComeLater()}.
     */
    CompletionStage<Backend> connect(BackendConfig config);
}
