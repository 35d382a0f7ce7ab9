package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.barrier.DoubleBarrier;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Waits for others at a barrier. */
@Command(
        name = "barrier",
        header = "Wait until a number of processes have come; run a command between two such waits.",
        customSynopsis = "conclave barrier PATH --parties N [--wait TIME] [--grace TIME] [-- CMD [ARG...]]",
        description = {
            "Wait at the barrier PATH until N processes are there. With CMD: then run it, and wait until those of all the others have ended too.",
            "",
            "Who gives up or dies while it waits does not count. A process that dies while its CMD runs is told to the others by exit code 70."
        },
        footerHeading = "%n",
        footer =
                "Exit code: that of CMD, 0 without; 75 not all came in time; 70 a process died inside; 69 store not reached, 126 and 127 CMD cannot be started.%n")
final class BarrierCommand extends StoreCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "The path of the barrier.")
    private String path = "";

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "CMD",
            description = "The command and its arguments, after --.")
    private List<String> command = List.of();

    @Option(names = "--parties", required = true, paramLabel = "N", description = "How many wait for each other.")
    private int parties;

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            description = "Wait for the others at most this long. Default: for ever.")
    private @Nullable Duration wait;

    @Option(
            names = "--grace",
            defaultValue = "5s",
            paramLabel = "TIME",
            description =
                    "The time between SIGTERM and SIGKILL when conclave gets a signal. Default: ${DEFAULT-VALUE}.")
    private Duration grace = Duration.ofSeconds(5);

    BarrierCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        String checked = node(path);
        if (!command.isEmpty()) {
            refuseJson("barrier with a command");
        }
        OrderlyEnd end = OrderlyEnd.install();
        try (Conclave conclave = connectShared("barrier")) {
            Optional<DoubleBarrier.Entry> entered = enter(DoubleBarrier.of(conclave, checked, parties), end);
            if (entered.isEmpty()) {
                return ExitCode.TERMINATED;
            }
            try (DoubleBarrier.Entry entry = entered.get()) {
                return command.isEmpty() ? told(checked, entry) : run(checked, entry, end);
            }
        } finally {
            end.finished();
        }
    }

    /** The entry; empty if a signal came first. */
    private Optional<DoubleBarrier.Entry> enter(DoubleBarrier barrier, OrderlyEnd end) throws InterruptedException {
        CompletableFuture<DoubleBarrier.Entry> pending = wait == null ? barrier.enterAsync() : barrier.enterAsync(wait);
        end.onSignal(() -> pending.cancel(false));
        io.conclave.spi.Timekeeper.system().await(pending);
        try {
            return Optional.of(pending.join());
        } catch (CancellationException signalled) {
            return Optional.empty();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof TimeoutException) {
                throw new CommandFailure(
                        ExitCode.NOT_OBTAINED,
                        "not all " + parties + " came to " + barrier.path() + " in time",
                        "this process does not stand there any more");
            }
            if (failure.getCause() instanceof BrokenBarrierException broken) {
                throw broken(broken);
            }
            if (failure.getCause() instanceof IllegalStateException refused) {
                throw new CommandFailure(
                        ExitCode.FAILED, String.valueOf(refused.getMessage()), "--parties must be the same for all");
            }
            throw failure;
        }
    }

    private static CommandFailure broken(BrokenBarrierException broken) {
        return new CommandFailure(ExitCode.LOST, String.valueOf(broken.getMessage()), "the others may have gone on");
    }

    private int told(String checked, DoubleBarrier.Entry entry) {
        output().print(
                        "generation " + entry.generation() + ", place " + entry.index(),
                        Output.document()
                                .with("path", checked)
                                .with("generation", entry.generation())
                                .with("place", entry.index()));
        return ExitCode.DONE;
    }

    private int run(String checked, DoubleBarrier.Entry entry, OrderlyEnd end) throws InterruptedException {
        ChildProcess child = ChildProcess.start(
                command,
                Map.of(
                        "CONCLAVE_PATH",
                        checked,
                        "CONCLAVE_GENERATION",
                        Long.toString(entry.generation()),
                        "CONCLAVE_PLACE",
                        Integer.toString(entry.index())));
        end.onSignal(() -> child.terminate(grace));
        int exitCode = child.awaitOrEnd(grace);
        if (end.isTold()) {
            return exitCode;
        }
        try {
            entry.leave();
        } catch (BrokenBarrierException broken) {
            throw broken(broken);
        }
        return exitCode;
    }
}
