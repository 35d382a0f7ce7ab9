package io.conclave.cli;

import io.conclave.spi.BackendUrl;
import io.conclave.spi.Credentials;
import io.conclave.spi.Credentials.Mechanism;
import io.conclave.spi.Secret;
import io.conclave.spi.TlsOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who the command is at the store, from {@code --credentials} and the environment. An error names keys, never values. */
final class Identity {
    /** The keys of the file, and the environment variables that stand for them. */
    private static final Map<String, String> KEYS = Map.of(
            "user", "CONCLAVE_USER",
            "password", "CONCLAVE_PASSWORD",
            "mechanism", "CONCLAVE_MECHANISM",
            "trustStorePassword", "CONCLAVE_TRUST_STORE_PASSWORD",
            "keyStorePassword", "CONCLAVE_KEY_STORE_PASSWORD");

    private final Properties file;
    private final GlobalOptions options;

    private Identity(GlobalOptions options, Properties file) {
        this.options = options;
        this.file = file;
    }

    static Identity of(GlobalOptions options) {
        Path path = options.credentials();
        return new Identity(
                options,
                path == null
                        ? new Properties()
                        : load(path, options.surroundings().err()));
    }

    Optional<Credentials> credentials() {
        Optional<String> user = value("user");
        Optional<String> password = value("password");
        if (user.isEmpty() && password.isEmpty()) {
            return Optional.empty();
        }
        if (user.isEmpty() || password.isEmpty()) {
            String missing = user.isEmpty() ? "user" : "password";
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "the credentials have no " + missing,
                    "set the key " + missing + " in the --credentials file, or " + KEYS.get(missing));
        }
        return Optional.of(new Credentials(mechanism(), user.get(), Secret.of(password.get())));
    }

    Optional<TlsOptions> tls() {
        Optional<Path> trustStore = path(options.trustStore(), "CONCLAVE_TRUST_STORE");
        Optional<Path> keyStore = path(options.keyStore(), "CONCLAVE_KEY_STORE");
        if (trustStore.isEmpty() && keyStore.isPresent()) {
            throw new CommandFailure(
                    ExitCode.USAGE, "a key store without a trust store", "give --trust-store FILE too");
        }
        return trustStore.map(trust -> new TlsOptions(
                trust,
                value("trustStorePassword").map(Secret::of),
                keyStore,
                value("keyStorePassword").map(Secret::of)));
    }

    private Mechanism mechanism() {
        String name = value("mechanism").orElse("password");
        return switch (name) {
            case "password" -> Mechanism.PASSWORD;
            case "sasl-digest" -> Mechanism.SASL_DIGEST;
            default ->
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "unknown mechanism '" + name + "'",
                        BackendUrl.suggest(name, List.of("password", "sasl-digest")));
        };
    }

    private Optional<String> value(String key) {
        String value = file.getProperty(key);
        return Optional.ofNullable(
                value != null ? value : options.surroundings().environment().get(KEYS.get(key)));
    }

    private Optional<Path> path(@Nullable Path given, String variable) {
        String fallback = options.surroundings().environment().get(variable);
        Path chosen = given != null || fallback == null || fallback.isBlank() ? given : Path.of(fallback);
        if (chosen != null && !Files.isReadable(chosen)) {
            throw new CommandFailure(
                    ExitCode.USAGE, "file '" + chosen + "' cannot be read", "does it exist, and may you read it?");
        }
        return Optional.ofNullable(chosen);
    }

    private static Properties load(Path path, PrintStream err) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(path)) {
            properties.load(reader);
        } catch (IOException | IllegalArgumentException unreadable) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "the credentials file '" + path + "' cannot be read",
                    "it holds lines like user=name, in UTF-8");
        }
        for (String key : properties.stringPropertyNames()) {
            if (!KEYS.containsKey(key)) {
                throw new CommandFailure(
                        ExitCode.USAGE,
                        "unknown key '" + key + "' in the credentials file",
                        BackendUrl.suggest(key, KEYS.keySet()));
            }
        }
        if (isReadableByAll(path)) {
            err.println(
                    "conclave: note: every user of this machine can read " + path + " (chmod 600 would change that)");
        }
        return properties;
    }

    private static boolean isReadableByAll(Path path) {
        try {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
            return permissions.contains(PosixFilePermission.OTHERS_READ);
        } catch (IOException | UnsupportedOperationException notPosix) {
            return false;
        }
    }
}
