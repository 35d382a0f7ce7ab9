package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.barrier.DistributedCountDownLatch;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Counts a latch down, or awaits it. */
@Command(
        name = "latch",
        header = "Count a latch down, or wait until it is at zero.",
        customSynopsis = "conclave latch PATH count-down|await|get|restart [--count N] [--wait TIME]",
        description = {
            "count-down takes one from the count of the latch PATH and prints what is left; await waits until it is at zero; get prints the count; restart begins anew"
                    + " with the full count if it is at zero.",
            "",
            "The latch is made with --count by whoever uses it first; later calls may leave it out."
        },
        footerHeading = "%n",
        footer =
                "Exit code: 0 done; 75 not at zero in time; 1 not done, such as a restart of a latch above zero; 69 store not reached.%n")
final class LatchCommand extends StoreCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "The path of the latch.")
    private String path = "";

    @Parameters(index = "1", paramLabel = "ACTION", description = "count-down, await, get or restart.")
    private String action = "";

    @Option(names = "--count", paramLabel = "N", description = "The full count.")
    private @Nullable Long count;

    @Option(names = "--wait", paramLabel = "TIME", description = "With await: at most this long. Default: for ever.")
    private @Nullable Duration wait;

    LatchCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        String checked = node(path);
        if (!action.matches("count-down|await|get|restart")) {
            throw new IllegalArgumentException("'" + action + "' is not count-down, await, get or restart");
        }
        if (wait != null && !action.equals("await")) {
            throw new IllegalArgumentException("--wait belongs to await, not to " + action);
        }
        try (Conclave conclave = connectShared("latch")) {
            DistributedCountDownLatch latch = count == null
                    ? DistributedCountDownLatch.of(conclave, checked)
                    : DistributedCountDownLatch.of(conclave, checked, count);
            long left = run(latch);
            output().print(
                            action.equals("await") ? "at zero" : Long.toString(left),
                            Output.document().with("path", checked).with("count", left));
            return ExitCode.DONE;
        } catch (IllegalStateException refused) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    String.valueOf(refused.getMessage()),
                    "--count N makes a latch, and must be the same for all");
        }
    }

    private long run(DistributedCountDownLatch latch) throws InterruptedException {
        switch (action) {
            case "count-down" -> {
                return latch.countDown();
            }
            case "get" -> {
                return latch.count();
            }
            case "restart" -> {
                if (latch.restart()) {
                    return latch.count();
                }
                throw new CommandFailure(
                        ExitCode.FAILED,
                        "the latch " + latch.path() + " is not at zero",
                        "conclave latch " + latch.path() + " get shows its count");
            }
            default -> {
                await(latch);
                return 0;
            }
        }
    }

    private void await(DistributedCountDownLatch latch) throws InterruptedException {
        try {
            if (wait == null) {
                latch.await();
            } else {
                latch.await(wait);
            }
        } catch (TimeoutException late) {
            throw new CommandFailure(
                    ExitCode.NOT_OBTAINED,
                    "the latch " + latch.path() + " was not at zero in time",
                    "conclave latch " + latch.path() + " get shows its count");
        }
    }
}
