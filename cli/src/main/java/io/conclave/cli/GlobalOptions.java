package io.conclave.cli;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command without a subcommand, and the options that all commands share; they may stand before or after the command's name. */
@Command(
        name = "conclave",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description = "Locks, leadership and plain nodes on a coordination store.",
        footerHeading = "%n",
        footer = {
            "Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 69 the store was not reached, 70 a lock or leadership was lost,"
                    + " 75 a lock was not obtained in time, 77 access denied.",
            "A password is never given as an argument: use --credentials or the environment.",
            "%nTry: conclave demo"
        })
final class GlobalOptions implements Runnable {
    private final Surroundings surroundings;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--backend",
            paramLabel = "URL",
            scope = ScopeType.INHERIT,
            description =
                    "The store: zookeeper://host:2181,host:2181/namespace?sessionTimeout=10s, etcd://host:2379/namespace, inmemory://host:7420,host:7420/namespace, or inmemory:"
                            + " for a store inside this process. Default: the system property conclave.backend, the environment variable CONCLAVE_BACKEND,"
                            + " conclave.properties on the class path, else inmemory:.")
    private @Nullable String backend;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "Print one JSON document (watch: one a line).")
    private boolean json;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Print log lines and stack traces.")
    private boolean verbose;

    @Option(
            names = "--connect-timeout",
            paramLabel = "TIME",
            defaultValue = "15s",
            scope = ScopeType.INHERIT,
            description = "How long to wait for the store. Default: ${DEFAULT-VALUE}.")
    private Duration connectTimeout = Duration.ofSeconds(15);

    @Option(
            names = "--credentials",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description =
                    "A properties file with user, password and, if it is not 'password', mechanism ('sasl-digest'); also"
                            + " trustStorePassword and keyStorePassword. Default: CONCLAVE_USER, CONCLAVE_PASSWORD, CONCLAVE_MECHANISM,"
                            + " CONCLAVE_TRUST_STORE_PASSWORD and CONCLAVE_KEY_STORE_PASSWORD of the environment.")
    private @Nullable Path credentials;

    @Option(
            names = "--trust-store",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description =
                    "Use TLS and trust these authorities: a PKCS#12, JKS or PEM file. Default: CONCLAVE_TRUST_STORE.")
    private @Nullable Path trustStore;

    @Option(
            names = "--key-store",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Our own key and certificate for TLS. Default: CONCLAVE_KEY_STORE.")
    private @Nullable Path keyStore;

    GlobalOptions(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing");
        }
    }

    Surroundings surroundings() {
        return surroundings;
    }

    @Nullable
    String backend() {
        return backend;
    }

    boolean json() {
        return json;
    }

    boolean verbose() {
        return verbose;
    }

    Duration connectTimeout() {
        return connectTimeout;
    }

    @Nullable
    Path credentials() {
        return credentials;
    }

    @Nullable
    Path trustStore() {
        return trustStore;
    }

    @Nullable
    Path keyStore() {
        return keyStore;
    }
}
