package io.conclave.cli;

import io.conclave.Conclave;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The second process of the demo: does what it is told on standard input, a line for a line, until the input ends. */
@Command(name = DemoWorkerCommand.NAME, hidden = true, description = "The second process of the demo.")
final class DemoWorkerCommand extends StoreCommand {
    static final String NAME = "demo-worker";

    @Parameters(index = "0", paramLabel = "PATH", description = "The lock.")
    private String path = "";

    @Option(names = "--session-timeout", required = true, description = "The session time-out.")
    private Duration sessionTimeout = Duration.ZERO;

    @Option(names = "--owner", required = true, description = "The worker's name.")
    private String owner = "";

    DemoWorkerCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException, IOException {
        BufferedReader in =
                new BufferedReader(new InputStreamReader(surroundings().in(), StandardCharsets.UTF_8));
        PrintStream out = surroundings().out();
        try (Conclave conclave =
                builder(backend()).sessionTimeout(sessionTimeout).owner(owner).connect()) {
            Worker worker = new Worker(conclave, path);
            out.println("ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.println(obey(worker, List.of(line.split(" ", 3))));
                out.flush();
            }
        }
        return ExitCode.DONE;
    }

    private static String obey(Worker worker, List<String> words) throws InterruptedException {
        return switch (words.get(0)) {
            case "acquire" -> Long.toString(worker.acquire());
            case "believes" -> Boolean.toString(worker.believesToHold());
            case "told" -> Boolean.toString(worker.wasToldOfLoss());
            case "write" -> Boolean.toString(worker.write(words.get(1), words.get(2)));
            default -> throw new IllegalArgumentException("the demo's worker does not know '" + words.get(0) + "'");
        };
    }
}
