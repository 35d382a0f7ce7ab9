package io.conclave.cli;

import io.conclave.Conclave;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Evicts a contender. */
@Command(
        name = "break",
        header = "Evict a holder or waiter.",
        description =
                "Evict the holder or waiter with this fencing token: its node is removed, its guarded writes are refused from then"
                        + " on, and the next one is granted. The evicted process learns of it within about a third of its session time-out;"
                        + " until then it may go on, and only the token protects.")
final class BreakCommand extends StoreCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "The path of the lock or election.")
    private String path = "";

    @Option(
            names = "--token",
            required = true,
            paramLabel = "TOKEN",
            description = "The fencing token that 'conclave holders PATH' shows.")
    private long token;

    BreakCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        String checked = node(path);
        if (token <= 0) {
            throw new IllegalArgumentException("fencing token " + token + " is not positive");
        }
        try (Conclave conclave = connectShared("break")) {
            if (!conclave.contenders(checked).evict(token)) {
                throw new CommandFailure(
                        ExitCode.FAILED,
                        "no contender of " + checked + " has the token " + token,
                        "conclave holders " + checked + " shows those of now");
            }
        }
        output().print(
                        "evicted " + token + " from " + checked,
                        Output.document()
                                .with("path", checked)
                                .with("token", Long.toString(token))
                                .with("evicted", true));
        return ExitCode.DONE;
    }
}
