package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.spi.Node;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists nodes. */
@Command(
        name = "ls",
        header = "List nodes.",
        description =
                "List the names directly below PATH, sorted; nothing if there are none. A name may be a node, a directory that holds"
                        + " nodes, or both.")
final class LsCommand extends StoreCommand {
    private static final int LIMIT_MAX = 1_000_000;

    @Parameters(
            index = "0",
            arity = "0..1",
            defaultValue = "/",
            paramLabel = "PATH",
            description = "The directory. Default: ${DEFAULT-VALUE}, the namespace.")
    private String path = "/";

    @Option(
            names = {"-r", "--recursive"},
            description = "List the paths of all nodes below.")
    private boolean recursive;

    @Option(
            names = "--limit",
            defaultValue = "10000",
            paramLabel = "N",
            description = "With --recursive: the most nodes to list. Default: ${DEFAULT-VALUE}.")
    private int limit = 10_000;

    LsCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        String checked = directory(path);
        if (limit < 1 || limit > LIMIT_MAX) {
            throw new IllegalArgumentException("--limit must be 1 to " + LIMIT_MAX);
        }
        try (Conclave conclave = connectShared("ls")) {
            if (recursive) {
                listAll(conclave, checked);
            } else {
                print(checked, "children", conclave.nodes().children(checked));
            }
        }
        return ExitCode.DONE;
    }

    private void listAll(Conclave conclave, String directory) throws InterruptedException {
        List<Node> nodes = conclave.nodes().subtree(directory, limit);
        print(
                directory,
                "nodes",
                nodes.stream().map(node -> node.path().toString()).toList());
        if (nodes.size() == limit) {
            note("cut at " + limit + " nodes; --limit raises it");
        }
    }

    private void print(String directory, String key, List<String> names) {
        Output.Document document = Output.document().with("path", directory).with(key, names);
        if (options().json() || !names.isEmpty()) {
            output().print(String.join(System.lineSeparator(), names), document);
        }
    }
}
