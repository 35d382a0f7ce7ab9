package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.Health;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Capabilities;
import java.util.Arrays;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows whether and how well the store answers. */
@Command(
        name = "ping",
        header = "Show session, round-trip time and capabilities.",
        description =
                "Open a session, read COUNT times with everything that was committed before, and print session, times and what the"
                        + " backend can do.")
final class PingCommand extends StoreCommand {
    private static final String PROBE = "/conclave-ping";
    private static final int COUNT_MAX = 10_000;

    @Option(
            names = "--count",
            defaultValue = "5",
            paramLabel = "COUNT",
            description = "How many round trips. Default: ${DEFAULT-VALUE}.")
    private int count = 5;

    PingCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        if (count < 1 || count > COUNT_MAX) {
            throw new IllegalArgumentException("--count must be 1 to " + COUNT_MAX);
        }
        BackendUrl url = backend();
        try (Conclave conclave = builder(url).connect()) {
            double[] millis = measure(conclave);
            Health health = conclave.health();
            print(url, health, millis, conclave.capabilities());
        }
        return ExitCode.DONE;
    }

    /** Sorted times in milliseconds. The first read is left out: it pays for loading classes. */
    private double[] measure(Conclave conclave) throws InterruptedException {
        conclave.nodes().get(PROBE);
        double[] millis = new double[count];
        for (int i = 0; i < count; i++) {
            long start = conclave.timekeeper().nanoTime();
            conclave.nodes().get(PROBE);
            millis[i] = Math.round((conclave.timekeeper().nanoTime() - start) / 1e3) / 1e3;
        }
        Arrays.sort(millis);
        return millis;
    }

    private void print(BackendUrl url, Health health, double[] millis, Capabilities can) {
        double min = millis[0];
        double median = millis[millis.length / 2];
        double max = millis[millis.length - 1];
        String text = String.format(
                Locale.ROOT,
                "backend       %s%nsession       %s, %s%nround trip    %.3f ms (median of %d; %.3f to %.3f)%n%s",
                url,
                health.sessionId(),
                health.state(),
                median,
                millis.length,
                min,
                max,
                describe(can));
        output().print(
                        text,
                        Output.document()
                                .with("backend", url.toString())
                                .with("sessionId", health.sessionId())
                                .with("state", health.state().name())
                                .with(
                                        "roundTripMillis",
                                        Output.document()
                                                .with("count", millis.length)
                                                .with("min", min)
                                                .with("median", median)
                                                .with("max", max))
                                .with("capabilities", json(can)));
    }

    private static String describe(Capabilities can) {
        return String.format(
                Locale.ROOT,
                "durability    %s%nsessions      at least %d ms, in steps of %d ms%nlimits        %d bytes a node, %d operations and %d bytes"
                        + " a commit%nguarantees    exact history: %s; events before replies: %s; snapshot reads: %s; guards on created"
                        + " revisions: %s",
                can.durability(),
                can.minimumTtl().toMillis(),
                can.ttlStep().toMillis(),
                can.maxPayloadBytes(),
                can.maxOperations(),
                can.maxCommitBytes(),
                yesNo(can.exactHistory()),
                yesNo(can.eventBeforeReply()),
                yesNo(can.snapshotRead()),
                can.createdRevisionGuard());
    }

    private static String yesNo(boolean value) {
        return value ? "yes" : "no";
    }

    private static Output.Document json(Capabilities can) {
        return Output.document()
                .with("durability", can.durability().name())
                .with("exactHistory", can.exactHistory())
                .with("eventBeforeReply", can.eventBeforeReply())
                .with("createdRevisionGuard", can.createdRevisionGuard().name())
                .with("snapshotRead", can.snapshotRead())
                .with("minimumTtlMillis", can.minimumTtl().toMillis())
                .with("ttlStepMillis", can.ttlStep().toMillis())
                .with("maxPayloadBytes", can.maxPayloadBytes())
                .with("maxOperations", can.maxOperations())
                .with("maxCommitBytes", can.maxCommitBytes());
    }
}
