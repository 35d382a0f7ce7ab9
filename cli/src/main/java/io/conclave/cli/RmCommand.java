package io.conclave.cli;

import io.conclave.Conclave;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Removes a node. */
@Command(
        name = "rm",
        header = "Remove a node.",
        description =
                "Remove a node. What lies below it stays. To evict the holder of a lock use 'break', which says whom it meets.")
final class RmCommand extends StoreCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "The node.")
    private String path = "";

    RmCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        String checked = node(path);
        try (Conclave conclave = connectShared("rm")) {
            if (!conclave.nodes().delete(checked)) {
                throw GetCommand.absent(checked);
            }
        }
        output().print(
                        "removed " + checked,
                        Output.document().with("path", checked).with("removed", true));
        return ExitCode.DONE;
    }
}
