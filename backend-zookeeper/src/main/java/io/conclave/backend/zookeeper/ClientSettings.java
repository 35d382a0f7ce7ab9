package io.conclave.backend.zookeeper;

import io.conclave.spi.BackendConfig;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Credentials;
import io.conclave.spi.NodePath;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.TlsOptions;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.common.ZKConfig;
import org.apache.zookeeper.data.ACL;

/** The configuration of one backend, checked. Each client gets its own {@link ZKClientConfig}; system properties decide nothing. */
final class ClientSettings {
    static final String PARAMETER_JUTE = "juteMaxBuffer";

    private static final String FIPS_MODE = "zookeeper.fips-mode";
    private static final int JUTE_DEFAULT = 0xfffff;
    private static final int JUTE_LEAST = 65_536;
    private static final int JUTE_MOST = 1 << 30;
    /** Listings may be larger than what servers accept. */
    private static final int RECEIVE_LEAST = 16 << 20;

    /** The client cannot connect with less. Servers grant no less than two of their ticks. */
    static final Duration TTL_LEAST = Duration.ofMillis(200);

    private static final int PAYLOAD_MOST = 1_000_000;
    private static final int OPERATIONS_MOST = 256;
    private static final int OPERATION_OVERHEAD = 112;
    private static final int PACKET_OVERHEAD = 4096;
    private static final int PATH_MOST = 4096;

    private final Timekeeper timekeeper;
    private final Layout layout;
    private final Optional<Credentials> credentials;
    private final Optional<TlsOptions> tls;
    private final int jute;
    private final Capabilities capabilities;
    private final Optional<String> saslSection;

    private ClientSettings(BackendConfig config, Optional<TlsOptions> tls, int jute) {
        this.timekeeper = config.timekeeper();
        this.layout = new Layout(config.url().namespace());
        this.credentials = config.credentials();
        this.tls = tls;
        this.jute = jute;
        this.capabilities = capabilities(jute, layout);
        this.saslSection = credentials
                .filter(who -> who.mechanism() == Credentials.Mechanism.SASL_DIGEST)
                .map(SaslSections::add);
    }

    /** No client is made from these any more. */
    void close() {
        saslSection.ifPresent(SaslSections::remove);
    }

    /**
     * Checks a configuration.
     *
     * @throws IllegalArgumentException if it can never work
     */
    static ClientSettings of(BackendConfig config) {
        if (config.url().hosts().isEmpty()) {
            throw new IllegalArgumentException(
                    "a ZooKeeper URL names at least one host: " + config.url().scheme() + "://host:2181/namespace");
        }
        if (config.url().namespace().startsWith(NodePath.of("/zookeeper"))) {
            throw new IllegalArgumentException("the namespace /zookeeper is ZooKeeper's own");
        }
        boolean secure = config.url().scheme().equals(ZooKeeperBackendProvider.SCHEME_TLS);
        if (secure && config.tls().isEmpty()) {
            throw new IllegalArgumentException("the scheme " + ZooKeeperBackendProvider.SCHEME_TLS
                    + " needs TLS options with a trust store: whom to trust is never guessed");
        }
        config.tls().ifPresent(TlsSettings::check);
        return new ClientSettings(config, config.tls(), jute(config));
    }

    private static int jute(BackendConfig config) {
        Optional<String> text = config.url().parameter(PARAMETER_JUTE);
        if (text.isEmpty()) {
            return JUTE_DEFAULT;
        }
        int bytes;
        try {
            bytes = Integer.decode(text.get());
        } catch (NumberFormatException malformed) {
            throw new IllegalArgumentException(
                    PARAMETER_JUTE + "='" + text.get() + "' is not a number of bytes", malformed);
        }
        if (bytes < JUTE_LEAST || bytes > JUTE_MOST) {
            throw new IllegalArgumentException(
                    PARAMETER_JUTE + "=" + bytes + " is not in " + JUTE_LEAST + " to " + JUTE_MOST);
        }
        return bytes;
    }

    private static Capabilities capabilities(int jute, Layout layout) {
        int commit =
                jute - PACKET_OVERHEAD - OPERATIONS_MOST * (OPERATION_OVERHEAD + Math.min(64, layout.prefixBytes()));
        int payload = Math.min(PAYLOAD_MOST, commit - PATH_MOST);
        return new Capabilities(
                Capabilities.Durability.REPLICATED,
                false,
                true,
                Capabilities.CreatedRevisionGuard.SEQUENTIAL_NODES,
                false,
                TTL_LEAST,
                Duration.ofMillis(1),
                payload,
                OPERATIONS_MOST,
                commit);
    }

    Timekeeper timekeeper() {
        return timekeeper;
    }

    Layout layout() {
        return layout;
    }

    Capabilities capabilities() {
        return capabilities;
    }

    /** The most bytes of one request, as estimated from above. */
    int requestBytesMax() {
        return jute - PACKET_OVERHEAD / 4;
    }

    /** With credentials every node is for this user alone. */
    List<ACL> acl() {
        return credentials.isPresent() ? ZooDefs.Ids.CREATOR_ALL_ACL : ZooDefs.Ids.OPEN_ACL_UNSAFE;
    }

    ZKClientConfig clientConfig() {
        ZKClientConfig config = new ZKClientConfig();
        config.setProperty(ZKConfig.JUTE_MAXBUFFER, Integer.toString(Math.max(jute, RECEIVE_LEAST)));
        config.setProperty(ZKClientConfig.ENABLE_CLIENT_SASL_KEY, Boolean.toString(saslSection.isPresent()));
        saslSection.ifPresent(name -> {
            config.setProperty(ZKClientConfig.LOGIN_CONTEXT_NAME_KEY, name);
            config.setProperty(FIPS_MODE, "false"); // with it the client refuses DIGEST-MD5
            config.setProperty(ZKClientConfig.ZK_SASL_CLIENT_CANONICALIZE_HOSTNAME, "false");
        });
        config.setProperty(ZKClientConfig.DISABLE_AUTO_WATCH_RESET, "false");
        config.setProperty(ZKClientConfig.ZOOKEEPER_REQUEST_TIMEOUT, "0");
        if (tls.isPresent()) {
            TlsSettings.apply(tls.get(), config);
        } else {
            config.setProperty(ZKClientConfig.SECURE_CLIENT, "false");
            config.setProperty(ZKClientConfig.ZOOKEEPER_CLIENT_CNXN_SOCKET, "org.apache.zookeeper.ClientCnxnSocketNIO");
        }
        return config;
    }

    /** Hands the credentials to the client, which keeps them for reconnects. */
    void authenticate(ZooKeeper client) {
        credentials
                .filter(who -> who.mechanism() == Credentials.Mechanism.PASSWORD)
                .ifPresent(who -> {
                    char[] secret = who.password().reveal();
                    byte[] user = (who.user() + ":").getBytes(StandardCharsets.UTF_8);
                    ByteBuffer text = ByteBuffer.wrap(new byte[user.length + 4 * secret.length]);
                    text.put(user);
                    StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(secret), text, true);
                    byte[] both = Arrays.copyOf(text.array(), text.position());
                    Arrays.fill(secret, '\0');
                    Arrays.fill(text.array(), (byte) 0);
                    client.addAuthInfo("digest", both);
                });
    }
}
