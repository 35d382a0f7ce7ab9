package io.conclave.cli;

import io.conclave.Conclave;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows who holds a lock or leads, and who waits. */
@Command(
        name = "holders",
        header = "Show who holds a lock or leads, and who waits.",
        description =
                "Show who holds a lock, one side of a read-write lock or permits, or leads on PATH, and who waits, in order; also contenders of Apache Curator,"
                        + " go-zookeeper and kazoo. The times are the contenders' own wall clocks.")
final class HoldersCommand extends StoreCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "The path of the lock or election.")
    private String path = "";

    HoldersCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        String checked = node(path);
        try (Conclave conclave = connectShared("holders")) {
            QueueText queue =
                    new QueueText(checked, conclave.contenders(checked).view());
            output().print(queue.table(), queue.document());
        }
        return ExitCode.DONE;
    }
}
