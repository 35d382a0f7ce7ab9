package io.conclave.cli;

import io.conclave.Acquirable;
import io.conclave.Conclave;
import io.conclave.lock.DistributedLock;
import io.conclave.lock.FencedLock;
import java.util.List;
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
        footer = HoldCommand.EXIT_CODES)
final class LockCommand extends HoldCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "The path of the lock.")
    private String path = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "CMD",
            description = "The command and its arguments, after --.")
    private List<String> command = List.of();

    @Option(
            names = "--fenced",
            description =
                    "Never run CMD without a fencing token: fail if the store went backwards and no token can be given.")
    private boolean fenced;

    LockCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    Acquirable target(Conclave conclave, String checked) {
        return fenced ? FencedLock.of(conclave, checked) : DistributedLock.of(conclave, checked);
    }

    @Override
    String what() {
        return "the lock";
    }

    @Override
    boolean needsToken() {
        return fenced;
    }

    @Override
    public Integer call() throws InterruptedException {
        refuseJson("lock");
        return hold(path, command);
    }
}
