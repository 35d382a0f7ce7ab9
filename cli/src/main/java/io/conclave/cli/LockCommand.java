package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.Registration;
import io.conclave.StaleStoreException;
import io.conclave.lock.DistributedLock;
import io.conclave.lock.FencedLock;
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
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a command while holding a lock. */
@Command(
        name = "lock",
        header = "Run a command while holding a lock.",
        customSynopsis = "conclave lock PATH [--wait TIME] [--fenced] [--grace TIME] [--owner LABEL] -- CMD [ARG...]",
        description = {
            "Run CMD while holding the lock PATH, with CONCLAVE_FENCING_TOKEN and CONCLAVE_PATH in its environment. The lock is"
                    + " released when CMD has ended.",
            "",
            "When the lock is lost, CMD and its descendants get SIGTERM, after --grace SIGKILL. SIGTERM and SIGINT of conclave itself are"
                    + " passed on to them as SIGTERM; the lock is released when they have ended.",
            "",
            "When conclave itself is killed (SIGKILL) or stopped, CMD goes on although the store gives the lock to somebody else after"
                    + " the session time-out. No lock can prevent that: hand the fencing token to the protected resource with every"
                    + " operation and let it refuse those below the largest it has seen."
        },
        footerHeading = "%n",
        footer =
                "Exit code: that of CMD; 75 not obtained in time, 70 lost, 69 store not reached, 126 and 127 CMD cannot be started.%n")
final class LockCommand extends StoreCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "The path of the lock.")
    private String path = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "CMD",
            description = "The command and its arguments, after --.")
    private List<String> command = List.of();

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            description =
                    "Wait at most this long, connecting included; 0s: only if nobody is ahead. Default: wait for ever.")
    private @Nullable Duration wait;

    @Option(
            names = "--fenced",
            description =
                    "Never run CMD without a fencing token: fail if the store went backwards and no token can be given.")
    private boolean fenced;

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

    LockCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        refuseJson("lock");
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
            return grant.isEmpty() ? ExitCode.TERMINATED : runHolding(grant.get(), end);
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
        if (left != null && left.isZero()) {
            Optional<? extends Grant> grant = fenced
                    ? FencedLock.of(conclave, checked).tryAcquire()
                    : DistributedLock.of(conclave, checked).tryAcquire();
            return Optional.of(grant.orElseThrow(() -> notObtained(checked)));
        }
        CompletableFuture<? extends Grant> pending = begin(conclave, checked, left);
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

    private CompletableFuture<? extends Grant> begin(Conclave conclave, String checked, @Nullable Duration left) {
        if (fenced) {
            FencedLock lock = FencedLock.of(conclave, checked);
            return left == null ? lock.acquireAsync() : lock.acquireAsync(left);
        }
        DistributedLock lock = DistributedLock.of(conclave, checked);
        return left == null ? lock.acquireAsync() : lock.acquireAsync(left);
    }

    private CommandFailure notObtained(String checked) {
        return new CommandFailure(
                ExitCode.NOT_OBTAINED,
                "the lock " + checked + " was not obtained in time",
                "conclave holders " + checked + " shows who holds it");
    }

    private int runHolding(Grant grant, OrderlyEnd end) throws InterruptedException {
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
            if (fenced) {
                grant.close();
                throw noToken;
            }
            note("no fencing token can be given, CMD runs without: " + noToken.getMessage());
            return Map.of("CONCLAVE_PATH", grant.path());
        }
    }
}
