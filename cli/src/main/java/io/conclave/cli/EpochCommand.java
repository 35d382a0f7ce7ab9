package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.TokenEpoch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups the commands on the namespace's token epoch. */
@Command(
        name = "epoch",
        header = "Show or raise the epoch of the fencing tokens.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        description =
                "Show or raise the epoch of the namespace: the top bits of its fencing tokens. It is raised when the namespace"
                        + " moves to another store, was restored from a copy or was wiped, so that tokens go on rising.")
final class EpochCommand implements Runnable {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing: show or raise");
        }
    }

    private static Integer print(StoreCommand command, int epoch) {
        command.output().print(Integer.toString(epoch), Output.document().with("epoch", epoch));
        return ExitCode.DONE;
    }

    /** Shows the epoch. */
    @Command(
            name = "show",
            header = "Print the present epoch.",
            description = "Print the present epoch: 0 if it was never raised.")
    static final class Show extends StoreCommand {
        Show(GlobalOptions options) {
            super(options);
        }

        @Override
        public Integer call() throws InterruptedException {
            try (Conclave conclave = connectShared("epoch show")) {
                return print(this, conclave.epoch().current());
            }
        }
    }

    /** Raises the epoch. */
    @Command(
            name = "raise",
            header = "Raise the epoch by one.",
            description = "Raise the epoch by one, at most to " + TokenEpoch.MAX
                    + ", and print it. Refused while there are contenders"
                    + " anywhere in the namespace. Running processes follow by themselves.")
    static final class Raise extends StoreCommand {
        Raise(GlobalOptions options) {
            super(options);
        }

        @Override
        public Integer call() throws InterruptedException {
            try (Conclave conclave = connectShared("epoch raise")) {
                return print(this, conclave.epoch().raise());
            } catch (IllegalStateException refused) {
                throw new CommandFailure(
                        ExitCode.FAILED,
                        String.valueOf(refused.getMessage()),
                        "stop the holders and waiters first; conclave holders PATH shows them");
            }
        }
    }
}
