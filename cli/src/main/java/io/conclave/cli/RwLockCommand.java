package io.conclave.cli;

import io.conclave.Acquirable;
import io.conclave.Conclave;
import io.conclave.lock.DistributedReadWriteLock;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a command while holding one side of a read-write lock, or shows who holds and waits. */
@Command(
        name = "rwlock",
        header = "Run a command while holding one side of a read-write lock.",
        customSynopsis = {
            "conclave rwlock PATH (--read | --write) [--wait TIME] [--grace TIME] [--owner LABEL] -- CMD [ARG...]",
            "       conclave rwlock PATH"
        },
        description = {
            "Run CMD while holding a side of the read-write lock PATH: many hold --read at once, one holds --write alone. CMD has"
                    + " CONCLAVE_FENCING_TOKEN and CONCLAVE_PATH in its environment. Signals, loss and exit codes are those of"
                    + " 'conclave lock'.",
            "",
            "Without CMD: show readers and writers, holding and waiting, in order."
        },
        footerHeading = "%n",
        footer = HoldCommand.EXIT_CODES)
final class RwLockCommand extends HoldCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "The path of the read-write lock.")
    private String path = "";

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "CMD",
            description = "The command and its arguments, after --.")
    private List<String> command = List.of();

    @Option(names = "--read", description = "Hold the side that many hold at once.")
    private boolean read;

    @Option(names = "--write", description = "Hold the side that one holds alone.")
    private boolean write;

    RwLockCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    Acquirable target(Conclave conclave, String checked) {
        DistributedReadWriteLock lock = DistributedReadWriteLock.of(conclave, checked);
        return read ? lock.readLock() : lock.writeLock();
    }

    @Override
    String what() {
        return read ? "the read lock" : "the write lock";
    }

    @Override
    public Integer call() throws InterruptedException {
        if (command.isEmpty()) {
            if (read || write) {
                throw new IllegalArgumentException("a command to run is missing, after --");
            }
            return show();
        }
        if (read == write) {
            throw new IllegalArgumentException("one of --read and --write is needed");
        }
        refuseJson("rwlock");
        return hold(path, command);
    }

    private int show() throws InterruptedException {
        String checked = node(path);
        try (Conclave conclave = connectShared("rwlock")) {
            QueueText queue = new QueueText(
                    checked, DistributedReadWriteLock.of(conclave, checked).queue());
            output().print(queue.table(), queue.document());
        }
        return ExitCode.DONE;
    }
}
