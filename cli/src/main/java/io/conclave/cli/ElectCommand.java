package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.GrantLostException;
import io.conclave.leader.Candidacy;
import io.conclave.leader.LeaderElection;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a command while leading. */
@Command(
        name = "elect",
        header = "Run a command while leading.",
        customSynopsis = "conclave elect PATH [--id NAME] [--forever] [--grace TIME] -- CMD [ARG...]",
        description = {
            "Stand for election on PATH and run CMD while leading, with CONCLAVE_FENCING_TOKEN and CONCLAVE_PATH in its environment.",
            "",
            "When leadership is lost, CMD and its descendants get SIGTERM, after --grace SIGKILL. Without --forever conclave ends with CMD or"
                    + " with the loss; with it, it stands again, and runs CMD again when elected, until it is told to end"
                    + " (SIGTERM, SIGINT). When CMD ends by itself leadership is given back.",
            "",
            "When conclave itself is killed (SIGKILL) or stopped, CMD goes on although somebody else may lead: hand the fencing token to"
                    + " what the leader writes to, and let it refuse those below the largest it has seen."
        },
        footerHeading = "%n",
        footer =
                "Exit code: that of CMD; 70 leadership lost, 69 store not reached, 126 and 127 CMD cannot be started.%n")
final class ElectCommand extends StoreCommand {
    /** With --forever, a command that fails at once is not started more often than this. */
    private static final Duration TERM_MIN = Duration.ofSeconds(1);

    @Parameters(index = "0", paramLabel = "PATH", description = "The path of the election.")
    private String path = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "CMD",
            description = "The command and its arguments, after --.")
    private List<String> command = List.of();

    @Option(
            names = "--id",
            paramLabel = "NAME",
            description = "The name of this participant, 1 to 200 characters. Default: the process id.")
    private @Nullable String id;

    @Option(names = "--forever", description = "Stand again after each term.")
    private boolean forever;

    @Option(
            names = "--grace",
            defaultValue = "5s",
            paramLabel = "TIME",
            description = "The time between SIGTERM and SIGKILL. Default: ${DEFAULT-VALUE}.")
    private Duration grace = Duration.ofSeconds(5);

    private final CompletableFuture<Integer> result = new CompletableFuture<>();
    private final AtomicReference<@Nullable ChildProcess> running = new AtomicReference<>();

    ElectCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        refuseJson("elect");
        String checked = node(path);
        BackendUrl url = backend();
        noteIfPrivate(url);
        String name = id == null ? "pid-" + ProcessHandle.current().pid() : id;
        Conclave conclave = builder(url).owner(name).connect();
        OrderlyEnd end = OrderlyEnd.install();
        try (conclave) {
            Candidacy candidacy = LeaderElection.builder(conclave, checked, name)
                    .requeue(forever)
                    .build()
                    .lead(term -> lead(term, end));
            return serve(candidacy, end);
        } finally {
            end.finished();
        }
    }

    private int serve(Candidacy candidacy, OrderlyEnd end) throws InterruptedException {
        end.onSignal(() -> {
            ChildProcess child = running.get();
            if (child == null) {
                result.complete(ExitCode.TERMINATED);
            } else {
                child.terminate(grace);
            }
        });
        candidacy.completion().whenComplete((over, failure) -> {
            if (failure != null) {
                result.completeExceptionally(failure);
            }
        });
        try {
            Timekeeper.system().await(result);
        } finally {
            candidacy.close();
            ChildProcess child = running.get();
            if (child != null) {
                child.awaitOrEnd(grace);
            }
        }
        try {
            return result.join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof CommandFailure known) {
                throw known;
            }
            throw failure;
        }
    }

    /** One term. Returns when the child has ended, so that nobody leads before that by plan. */
    private void lead(FencedGrant term, OrderlyEnd end) throws InterruptedException {
        if (result.isDone() || end.isTold()) {
            return;
        }
        Timekeeper time = Timekeeper.system();
        long earliestEnd = time.deadlineAfter(TERM_MIN);
        try {
            int exitCode = runChild(term, end);
            if (end.isTold()) {
                result.complete(ExitCode.TERMINATED);
            } else if (!forever) {
                finish(term, exitCode);
            } else {
                note("CMD ended with " + exitCode + (term.isValid() ? "" : " after leadership was lost")
                        + "; standing again");
                Waiting.pause(time.until(earliestEnd));
            }
        } catch (RuntimeException failure) {
            result.completeExceptionally(failure);
        }
    }

    private void finish(FencedGrant term, int exitCode) {
        try {
            term.requireValid();
            result.complete(exitCode);
        } catch (GrantLostException lost) {
            result.completeExceptionally(new CommandFailure(
                    ExitCode.LOST,
                    lost.getMessage() + ", while the command ran",
                    "--forever would stand again; only a fencing token protects"));
        }
    }

    private int runChild(FencedGrant term, OrderlyEnd end) throws InterruptedException {
        ChildProcess child = ChildProcess.start(
                command,
                Map.of("CONCLAVE_FENCING_TOKEN", Long.toString(term.fencingToken()), "CONCLAVE_PATH", term.path()));
        running.set(child);
        if (end.isTold()) {
            child.terminate(grace);
        }
        try {
            return child.awaitOrEnd(grace);
        } finally {
            running.set(null);
        }
    }
}
