package io.conclave.cli;

import io.conclave.Acquirable;
import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.Registration;
import io.conclave.StaleStoreException;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the commands have in common that run another one while they hold something. */
abstract class HoldCommand extends StoreCommand {
    static final String EXIT_CODES =
            "Exit code: that of CMD; 75 not obtained in time, 70 lost, 69 store not reached, 126 and 127 CMD cannot be started.%n";

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            description =
                    "Wait at most this long, connecting included; 0s: only if nobody is ahead. Default: wait for ever.")
    private @Nullable Duration wait;

    @Option(
            names = "--grace",
            defaultValue = "5s",
            paramLabel = "TIME",
            description = "The time between SIGTERM and SIGKILL. Default: ${DEFAULT-VALUE}.")
    private Duration grace = Duration.ofSeconds(5);

    @Option(
            names = "--owner",
            paramLabel = "LABEL",
            description = "The label that 'conclave holders' shows. Default: the process id.")
    private @Nullable String owner;

    HoldCommand(GlobalOptions options) {
        super(options);
    }

    /** What is held; the path is checked. */
    abstract Acquirable target(Conclave conclave, String path);

    /** What it is called in messages. */
    abstract String what();

    /** Whether CMD must not run without a fencing token. */
    boolean needsToken() {
        return false;
    }

    /** Acquires, runs the command and releases; the command's exit code. */
    final int hold(String path, List<String> command) throws InterruptedException {
        String checked = node(path);
        BackendUrl url = backend();
        noteIfPrivate(url);
        Timekeeper time = Timekeeper.system();
        long deadline = wait == null ? 0 : time.deadlineAfter(wait);
        Conclave conclave = connect(url);
        OrderlyEnd end = OrderlyEnd.install();
        try (conclave) {
            Duration left = wait == null ? null : wait.isZero() ? wait : time.until(deadline);
            Optional<Grant> grant = acquire(conclave, checked, left, end);
            return grant.isEmpty() ? ExitCode.TERMINATED : runHolding(grant.get(), command, end);
        } finally {
            end.finished();
        }
    }

    private Conclave connect(BackendUrl url) {
        var builder = builder(url);
        if (wait != null && !wait.isZero() && wait.compareTo(options().connectTimeout()) < 0) {
            builder.connectTimeout(wait);
        }
        if (owner != null) {
            builder.owner(owner);
        }
        return builder.connect();
    }

    /** The grant; empty if a signal came first. */
    private Optional<Grant> acquire(Conclave conclave, String checked, @Nullable Duration left, OrderlyEnd end)
            throws InterruptedException {
        Acquirable target = target(conclave, checked);
        if (left != null && left.isZero()) {
            Optional<? extends Grant> grant = target.tryAcquire();
            return Optional.of(grant.orElseThrow(() -> notObtained(checked)));
        }
        CompletableFuture<? extends Grant> pending = left == null ? target.acquireAsync() : target.acquireAsync(left);
        end.onSignal(() -> pending.cancel(false));
        conclave.timekeeper().await(pending);
        try {
            return Optional.of(pending.join());
        } catch (CancellationException signalled) {
            return Optional.empty();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof TimeoutException) {
                throw notObtained(checked);
            }
            throw failure;
        }
    }

    private CommandFailure notObtained(String checked) {
        return new CommandFailure(
                ExitCode.NOT_OBTAINED,
                what() + " " + checked + " was not obtained in time",
                "conclave holders " + checked + " shows who holds it");
    }

    private int runHolding(Grant grant, List<String> command, OrderlyEnd end) throws InterruptedException {
        ChildProcess child;
        try {
            child = ChildProcess.start(command, variables(grant));
        } catch (CommandFailure notStarted) {
            grant.close();
            throw notStarted;
        }
        Registration listener = grant.onLost(() -> child.terminate(grace));
        end.onSignal(() -> child.terminate(grace));
        int exitCode = child.awaitOrEnd(grace);
        listener.close();
        try {
            grant.release();
        } catch (GrantLostException lost) {
            throw new CommandFailure(
                    ExitCode.LOST,
                    lost.getMessage() + ", while the command ran",
                    "somebody else may have held it meanwhile; only a fencing token protects");
        }
        return exitCode;
    }

    private Map<String, String> variables(Grant grant) {
        try {
            return Map.of("CONCLAVE_FENCING_TOKEN", Long.toString(grant.fencingToken()), "CONCLAVE_PATH", grant.path());
        } catch (StaleStoreException noToken) {
            if (needsToken()) {
                grant.close();
                throw noToken;
            }
            note("no fencing token can be given, CMD runs without: " + noToken.getMessage());
            return Map.of("CONCLAVE_PATH", grant.path());
        }
    }
}
