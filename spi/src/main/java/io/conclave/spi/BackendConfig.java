package io.conclave.spi;

import java.util.Objects;
import java.util.Optional;

/**
 * Everything that a provider is given.
 *
 * @param url where
 * @param timekeeper by whose time
 * @param connectDeadlineNanos when connecting is given up
 * @param serverMayComeLater if true, {@link BackendProvider#connect} succeeds without a server and sessions wait for it
 * @param credentials who; empty = nobody
 * @param tls transport security; empty = as the URL's scheme says
 */
public record BackendConfig(
        BackendUrl url,
        Timekeeper timekeeper,
        long connectDeadlineNanos,
        boolean serverMayComeLater,
        Optional<Credentials> credentials,
        Optional<TlsOptions> tls) {
    /** Refuses nulls. */
    public BackendConfig {
        Objects.requireNonNull(url, "url");
        Objects.requireNonNull(timekeeper, "timekeeper");
        Objects.requireNonNull(credentials, "credentials");
        Objects.requireNonNull(tls, "tls");
    }

    /** A configuration with the machine's own time, no credentials and no TLS. */
    public static BackendConfig of(BackendUrl url, Timekeeper timekeeper, long connectDeadlineNanos) {
        return new BackendConfig(url, timekeeper, connectDeadlineNanos, false, Optional.empty(), Optional.empty());
    }
}
