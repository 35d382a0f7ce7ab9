package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.ConclaveBuilder;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.NodePath;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** What all commands that talk to a store have in common. */
@Command(mixinStandardHelpOptions = true, versionProvider = Version.class)
abstract class StoreCommand implements Callable<Integer> {
    private final GlobalOptions options;

    StoreCommand(GlobalOptions options) {
        this.options = options;
    }

    final GlobalOptions options() {
        return options;
    }

    final Surroundings surroundings() {
        return options.surroundings();
    }

    final Output output() {
        return new Output(surroundings().out(), options.json());
    }

    final BackendUrl backend() {
        return BackendChoice.of(options);
    }

    /** Connects to a store that others can reach too; refuses one that ends with this process. */
    final Conclave connectShared(String command) {
        BackendUrl url = backend();
        if (BackendChoice.isPrivate(url, surroundings())) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "'" + command + "' makes no sense on " + url
                            + ", a store of this process alone that is empty now and gone" + " at its end",
                    "name a shared one: --backend zookeeper://host:2181/app, or CONCLAVE_BACKEND");
        }
        return builder(url).connect();
    }

    /** A connection with all options that concern it. */
    final ConclaveBuilder builder(BackendUrl url) {
        ConclaveBuilder builder = Conclave.builder(url.toString()).connectTimeout(options.connectTimeout());
        Identity identity = Identity.of(options);
        identity.credentials().ifPresent(builder::credentials);
        identity.tls().ifPresent(builder::tls);
        return builder;
    }

    /** Warns if nobody else can take part. */
    final void noteIfPrivate(BackendUrl url) {
        if (BackendChoice.isPrivate(url, surroundings())) {
            note(url + " is a store of this process alone, so nobody else contends; --backend names a shared one");
        }
    }

    final void note(String text) {
        surroundings().err().println("conclave: note: " + text);
    }

    final void refuseJson(String command) {
        if (options.json()) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "'" + command + "' has no --json",
                    "its standard output belongs to the command it runs");
        }
    }

    /** Checks a path before anything is sent. */
    static String node(String path) {
        NodePath parsed = NodePath.of(path);
        if (parsed.isRoot()) {
            throw new IllegalArgumentException("the root '/' is a directory, not a node");
        }
        return path;
    }

    /** Checks a path that may be the root. */
    static String directory(String path) {
        return NodePath.of(path).toString();
    }

    static Duration requirePositive(String option, Duration time) {
        if (time.isZero()) {
            throw new IllegalArgumentException(option + " must be more than zero");
        }
        return time;
    }
}
