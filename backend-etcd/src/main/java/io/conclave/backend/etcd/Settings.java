package io.conclave.backend.etcd;

import io.conclave.spi.BackendConfig;
import io.conclave.spi.Capabilities;
import io.conclave.spi.CapabilityMissingException;
import io.conclave.spi.Credentials;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.TlsOptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The configuration of one backend, checked.
 *
 * @param timekeeper by whose time
 * @param servers {@code host:port} each
 * @param keys where the namespace lies
 * @param credentials who
 * @param tls transport security
 */
record Settings(
        Timekeeper timekeeper,
        List<String> servers,
        Keys keys,
        Optional<Credentials> credentials,
        Optional<TlsOptions> tls) {
    static final int PORT = 2379;

    /** The server rounds up to 1.5 of its election time-outs, and to whole seconds. */
    static final Duration TTL_LEAST = Duration.ofSeconds(2);

    static final Duration TTL_STEP = Duration.ofSeconds(1);

    /** A server takes 128 operations in a transaction; each commit also needs its slot, and facts about its directories. */
    private static final int OPERATIONS_MOST = 100;

    private static final int PAYLOAD_MOST = 1_000_000;

    /** A server takes requests of 1.5 MiB. */
    private static final int COMMIT_BYTES_MOST = 1_400_000;

    /**
     * Checks a configuration.
     *
     * @throws IllegalArgumentException if it can never work
     */
    static Settings of(BackendConfig config) {
        if (config.url().hosts().isEmpty()) {
            throw new IllegalArgumentException(
                    "an etcd URL names at least one host: " + config.url().scheme() + "://host:2379/namespace");
        }
        boolean secure = config.url().scheme().equals(EtcdBackendProvider.SCHEME_TLS);
        if (secure && config.tls().isEmpty()) {
            throw new IllegalArgumentException("the scheme " + EtcdBackendProvider.SCHEME_TLS
                    + " needs TLS options with a trust store: whom to trust is never guessed");
        }
        config.credentials()
                .filter(who -> who.mechanism() != Credentials.Mechanism.PASSWORD)
                .ifPresent(who -> {
                    throw new CapabilityMissingException("etcd has no " + who.mechanism() + ", only PASSWORD");
                });
        config.tls().ifPresent(Tls::check);
        return new Settings(
                config.timekeeper(),
                config.url().hostsWithPort(PORT),
                new Keys(config.url().namespace()),
                config.credentials(),
                config.tls());
    }

    static Capabilities capabilities() {
        return new Capabilities(
                Capabilities.Durability.REPLICATED,
                true,
                false,
                Capabilities.CreatedRevisionGuard.ALL,
                true,
                TTL_LEAST,
                TTL_STEP,
                PAYLOAD_MOST,
                OPERATIONS_MOST,
                COMMIT_BYTES_MOST);
    }

    /** What to ask the server for: whole seconds, not below the least. */
    static long ttlSeconds(Duration asked) {
        Duration least = asked.compareTo(TTL_LEAST) < 0 ? TTL_LEAST : asked;
        return least.getNano() == 0 ? least.getSeconds() : least.getSeconds() + 1;
    }
}
