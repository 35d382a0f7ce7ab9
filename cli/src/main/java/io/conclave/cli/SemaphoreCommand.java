package io.conclave.cli;

import io.conclave.Acquirable;
import io.conclave.Conclave;
import io.conclave.semaphore.DistributedSemaphore;
import io.conclave.semaphore.SemaphoreView;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a command while holding permits of a semaphore, shows who holds them, or changes how many there are. */
@Command(
        name = "semaphore",
        header = "Run a command while holding permits of a semaphore.",
        customSynopsis = {
            "conclave semaphore PATH --permits N [--take K] [--wait TIME] [--grace TIME] [--owner LABEL] -- CMD [ARG...]",
            "       conclave semaphore PATH [--permits N]",
            "       conclave semaphore PATH --resize N"
        },
        description = {
            "Run CMD while holding K of the N permits of the semaphore PATH. All who use it have to name the same N. CMD has"
                    + " CONCLAVE_FENCING_TOKEN and CONCLAVE_PATH in its environment. Signals, loss and exit codes are those of"
                    + " 'conclave lock'.",
            "",
            "Without CMD: show how many permits there are and are free, and who holds and waits, in order.",
            "",
            "With --resize: from now on there are N permits for everybody. Those who wait for more get them at once; of those who hold"
                    + " too many nobody is revoked."
        },
        footerHeading = "%n",
        footer = HoldCommand.EXIT_CODES)
final class SemaphoreCommand extends HoldCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "The path of the semaphore.")
    private String path = "";

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "CMD",
            description = "The command and its arguments, after --.")
    private List<String> command = List.of();

    @Option(names = "--permits", paramLabel = "N", description = "How many permits there are.")
    private @Nullable Integer permits;

    @Option(
            names = "--take",
            paramLabel = "K",
            defaultValue = "1",
            description = "How many to hold. Default: ${DEFAULT-VALUE}.")
    private int take = 1;

    @Option(names = "--resize", paramLabel = "N", description = "Set how many permits there are.")
    private @Nullable Integer resize;

    SemaphoreCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    Acquirable target(Conclave conclave, String checked) {
        return semaphore(conclave, checked).permits(take);
    }

    private DistributedSemaphore semaphore(Conclave conclave, String checked) {
        return DistributedSemaphore.of(conclave, checked, permits == null ? 1 : permits);
    }

    @Override
    String what() {
        return "the semaphore";
    }

    @Override
    public Integer call() throws InterruptedException {
        if (resize != null) {
            if (!command.isEmpty()) {
                throw new IllegalArgumentException("--resize runs no command");
            }
            return resize(resize);
        }
        if (command.isEmpty()) {
            return show();
        }
        if (permits == null) {
            throw new IllegalArgumentException("--permits is needed: how many there are, the same for all who use it");
        }
        if (permits < 1 || take < 1 || take > permits) {
            throw new IllegalArgumentException("--take " + take + " of --permits " + permits + " makes no sense");
        }
        refuseJson("semaphore");
        return hold(path, command);
    }

    private int resize(int wanted) throws InterruptedException {
        String checked = node(path);
        try (Conclave conclave = connectShared("semaphore")) {
            semaphore(conclave, checked).resize(wanted);
            output().print(
                            checked + " has " + wanted + " permits",
                            Output.document().with("path", checked).with("permits", wanted));
        }
        return ExitCode.DONE;
    }

    private int show() throws InterruptedException {
        String checked = node(path);
        try (Conclave conclave = connectShared("semaphore")) {
            SemaphoreView view = semaphore(conclave, checked).view();
            boolean known = permits != null || !view.queue().contenders().isEmpty() || view.permits() != 1;
            QueueText queue = new QueueText(checked, view.queue());
            String counts = known ? view.available() + " of " + view.permits() + " permits are free%n" : "";
            output().print(
                            String.format(counts) + queue.table(),
                            queue.document()
                                    .with("permits", known ? view.permits() : null)
                                    .with("available", known ? view.available() : null));
        }
        return ExitCode.DONE;
    }
}
