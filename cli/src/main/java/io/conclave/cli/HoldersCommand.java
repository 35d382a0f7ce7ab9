package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.Contender;
import io.conclave.QueueView;
import java.time.Instant;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Shows who holds a lock or leads, and who waits. */
@Command(
        name = "holders",
        header = "Show who holds a lock or leads, and who waits.",
        description =
                "Show who holds a lock or leads on PATH, and who waits, in order; also contenders of Apache Curator,"
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
            QueueView view = conclave.contenders(checked).view();
            output().print(
                            table(view),
                            Output.document()
                                    .with("path", checked)
                                    .with(
                                            "holder",
                                            view.holder()
                                                    .map(HoldersCommand::json)
                                                    .orElse(null))
                                    .with(
                                            "waiters",
                                            view.waiters().stream()
                                                    .map(HoldersCommand::json)
                                                    .toList()));
        }
        return ExitCode.DONE;
    }

    private String table(QueueView view) {
        if (view.contenders().isEmpty()) {
            return "nobody holds or awaits " + path;
        }
        StringBuilder table = new StringBuilder(String.format("%-7s %-20s %-24s %s", "", "TOKEN", "SINCE", "OWNER"));
        for (Contender contender : view.contenders()) {
            table.append(String.format(
                    "%n%-7s %-20s %-24s %s",
                    contender.position() == 0 ? "holder" : "waiter",
                    tokenOr(contender.fencingToken(), "-"),
                    contender.queuedSince().map(Instant::toString).orElse("-"),
                    contender.owner()));
        }
        return table.toString();
    }

    private static Map<String, @Nullable Object> json(Contender contender) {
        return Output.document()
                .with("owner", contender.owner())
                .with("position", contender.position())
                .with("token", tokenOr(contender.fencingToken(), null))
                .with(
                        "queuedSince",
                        contender.queuedSince().map(Instant::toString).orElse(null))
                .with("node", contender.node())
                .fields();
    }

    private static @Nullable String tokenOr(OptionalLong token, @Nullable String absent) {
        return token.isPresent() ? Long.toString(token.getAsLong()) : absent;
    }
}
