package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.config.ConfigKey;
import io.conclave.config.ConfigSnapshot;
import io.conclave.config.ConfigUpdate;
import io.conclave.config.ConfigValue;
import io.conclave.config.Configuration;
import io.conclave.spi.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Groups the commands on a configuration. */
@Command(
        name = "config",
        header = "Show and change a configuration.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description = "Show and change the settings below a path, as text.")
final class ConfigCommand implements Runnable {
    private static final int KEYS_MAX = 100_000;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing: list, get, set or unset");
        }
    }

    private static ConfigValue<String> read(Configuration configuration, ConfigKey<String> key)
            throws InterruptedException {
        ConfigSnapshot snapshot = configuration.snapshot(key);
        return snapshot.value(key);
    }

    private static CommandFailure changed(String key) {
        return new CommandFailure(
                ExitCode.FAILED,
                "'" + key + "' does not have that version any more: nothing was changed",
                "conclave config get --json shows the present one");
    }

    /** Lists. */
    @Command(
            name = "list",
            header = "Print all settings.",
            description = "Print a line KEY=VALUE for each setting below PATH.")
    static final class ListAll extends StoreCommand {
        @Parameters(index = "0", paramLabel = "PATH", description = "The configuration.")
        private String path = "";

        ListAll(GlobalOptions options) {
            super(options);
        }

        @Override
        public Integer call() throws InterruptedException {
            String checked = node(path);
            try (Conclave conclave = connectShared("config list")) {
                List<String> lines = new ArrayList<>();
                List<Map<String, @Nullable Object>> entries = new ArrayList<>();
                for (Node node : conclave.nodes().subtree(checked, KEYS_MAX)) {
                    String key = node.path().toString().substring(checked.length() + 1);
                    String text = node.data().asUtf8();
                    lines.add(key + "=" + text.replaceAll("\\p{Cntrl}", "?"));
                    entries.add(Output.document()
                            .with("key", key)
                            .with("value", text)
                            .with("version", node.version())
                            .fields());
                }
                if (!lines.isEmpty() || output().isJson()) {
                    output().print(
                                    String.join(System.lineSeparator(), lines),
                                    Output.document().with("path", checked).with("settings", entries));
                }
            }
            return ExitCode.DONE;
        }
    }

    /** Gets one. */
    @Command(name = "get", header = "Print one setting.", description = "Print the value of KEY.")
    static final class Get extends StoreCommand {
        @Parameters(index = "0", paramLabel = "PATH", description = "The configuration.")
        private String path = "";

        @Parameters(index = "1", paramLabel = "KEY", description = "The key, such as db/url.")
        private String key = "";

        @Option(names = "--default", paramLabel = "TEXT", description = "What to print if it is not set.")
        private @Nullable String fallback;

        Get(GlobalOptions options) {
            super(options);
        }

        @Override
        public Integer call() throws InterruptedException {
            ConfigKey<String> setting = ConfigKey.text(key, fallback == null ? "" : fallback);
            try (Conclave conclave = connectShared("config get");
                    Configuration configuration = Configuration.of(conclave, node(path))) {
                ConfigValue<String> value = read(configuration, setting);
                if (!value.stored() && fallback == null) {
                    throw new CommandFailure(
                            ExitCode.FAILED, "'" + key + "' is not set", "--default TEXT prints a text in its stead");
                }
                output().print(
                                value.value(),
                                Output.document()
                                        .with("key", key)
                                        .with("value", value.value())
                                        .with("stored", value.stored())
                                        .with("version", value.stored() ? value.version() : null));
            }
            return ExitCode.DONE;
        }
    }

    /** Sets one. */
    @Command(
            name = "set",
            header = "Change one setting.",
            description =
                    "Give KEY a value. With a condition nothing is changed unless it holds, and the exit code is 1.")
    static final class Set extends StoreCommand {
        @Parameters(index = "0", paramLabel = "PATH", description = "The configuration.")
        private String path = "";

        @Parameters(index = "1", paramLabel = "KEY", description = "The key, such as db/url.")
        private String key = "";

        @Parameters(index = "2", paramLabel = "VALUE", description = "Its value as text.")
        private String value = "";

        @ArgGroup
        private Condition condition = new Condition();

        /** At most one condition. */
        static final class Condition {
            @Option(names = "--create", description = "Only if it is not set.")
            private boolean create;

            @Option(names = "--if-version", paramLabel = "N", description = "Only if it has this version.")
            private @Nullable Long version;
        }

        Set(GlobalOptions options) {
            super(options);
        }

        @Override
        public Integer call() throws InterruptedException {
            ConfigKey<String> setting = ConfigKey.text(key, "");
            try (Conclave conclave = connectShared("config set");
                    Configuration configuration = Configuration.of(conclave, node(path))) {
                if (!change(configuration, setting)) {
                    throw changed(key);
                }
                output().print("set " + key, Output.document().with("key", key).with("value", value));
            }
            return ExitCode.DONE;
        }

        private boolean change(Configuration configuration, ConfigKey<String> setting) throws InterruptedException {
            Long version = condition.version;
            if (!condition.create && version == null) {
                configuration.publish(setting, value);
                return true;
            }
            ConfigValue<String> read = read(configuration, setting);
            boolean holds = condition.create ? !read.stored() : version != null && read.version() == version;
            return holds && configuration.publish(read, value);
        }
    }

    /** Removes one. */
    @Command(
            name = "unset",
            header = "Remove one setting.",
            description = "Remove KEY, so that programs use their defaults.")
    static final class Unset extends StoreCommand {
        @Parameters(index = "0", paramLabel = "PATH", description = "The configuration.")
        private String path = "";

        @Parameters(index = "1", paramLabel = "KEY", description = "The key, such as db/url.")
        private String key = "";

        Unset(GlobalOptions options) {
            super(options);
        }

        @Override
        public Integer call() throws InterruptedException {
            ConfigKey<String> setting = ConfigKey.text(key, "");
            try (Conclave conclave = connectShared("config unset");
                    Configuration configuration = Configuration.of(conclave, node(path))) {
                ConfigValue<String> read = read(configuration, setting);
                ConfigUpdate update = configuration.update();
                if (!read.stored()) {
                    throw new CommandFailure(
                            ExitCode.FAILED, "'" + key + "' is not set", "conclave config list " + path);
                }
                if (!update.remove(read).apply()) {
                    throw changed(key);
                }
                output().print(
                                "removed " + key,
                                Output.document().with("key", key).with("removed", true));
            }
            return ExitCode.DONE;
        }
    }
}
