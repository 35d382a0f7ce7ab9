package io.conclave.cli;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.GrantLostException;
import io.conclave.Registration;
import io.conclave.queue.Claim;
import io.conclave.queue.ClaimSource;
import io.conclave.queue.DistributedDelayQueue;
import io.conclave.queue.DistributedPriorityQueue;
import io.conclave.queue.DistributedQueue;
import io.conclave.queue.QueueBuilder;
import io.conclave.queue.QueueStats;
import io.conclave.spi.Node;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Puts into a queue, takes from it, counts it. */
@Command(
        name = "queue",
        header = "Put items into a queue, take them, count them.",
        customSynopsis = {
            "conclave queue PATH put [DATA] [--wait TIME] [--capacity N] [--priority N | --delay TIME]",
            "       conclave queue PATH take [--wait TIME] [--max-deliveries N] [-- CMD [ARG...]]",
            "       conclave queue PATH stats"
        },
        description = {
            "put: put one item, DATA or standard input.",
            "",
            "take: claim one item. With CMD, run it with the item as standard input and CONCLAVE_ITEM_ID and"
                    + " CONCLAVE_DELIVERY in its environment; the item is completed if it exits with 0, and else given"
                    + " back, to be delivered again. Without CMD, print the item and complete it.",
            "",
            "stats: count what is in the queue."
        },
        footerHeading = "%n",
        footer = "Exit code: 0 done, or that of CMD; 75 no item or no room in time, 70 the claim was lost, 69 store not"
                + " reached, 126 and 127 CMD cannot be started.%n")
final class QueueCommand extends StoreCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "The path of the queue.")
    private String path = "";

    @Parameters(index = "1", paramLabel = "put|take|stats", description = "What to do.")
    private String verb = "";

    @Parameters(index = "2..*", paramLabel = "DATA|CMD", description = "The item; or after --, the command.")
    private List<String> rest = List.of();

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            description = "Wait at most this long for an item, or for room; 0s: one try.")
    private @Nullable Duration wait;

    @Option(
            names = "--capacity",
            paramLabel = "N",
            description = "put: at most so many items fit; the first put decides.")
    private @Nullable Integer capacity;

    @Option(names = "--priority", paramLabel = "N", description = "put: into a queue by priority, 0 (first) to 255.")
    private @Nullable Integer priority;

    @Option(names = "--delay", paramLabel = "TIME", description = "put: into a delay queue; delivered after this time.")
    private @Nullable Duration delay;

    @Option(
            names = "--kind",
            paramLabel = "KIND",
            description = "fifo, priority or delay. Default: what the store says, else fifo.")
    private @Nullable String kind;

    @Option(
            names = "--max-deliveries",
            paramLabel = "N",
            description = "take: an item that was delivered so often becomes a dead letter.")
    private @Nullable Integer maxDeliveries;

    @Option(
            names = "--grace",
            defaultValue = "5s",
            paramLabel = "TIME",
            description = "take: the time between SIGTERM and SIGKILL to CMD. Default: ${DEFAULT-VALUE}.")
    private Duration grace = Duration.ofSeconds(5);

    QueueCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        String checked = node(path);
        switch (verb) {
            case "put" -> {
                return put(checked);
            }
            case "take" -> {
                return take(checked);
            }
            case "stats" -> {
                return stats(checked);
            }
            default -> throw new IllegalArgumentException("'" + verb + "' is none of put, take, stats");
        }
    }

    // ---- put

    private int put(String checked) throws InterruptedException {
        if (rest.size() > 1) {
            throw new IllegalArgumentException("put takes one DATA, not " + rest.size());
        }
        if (priority != null && delay != null) {
            throw new IllegalArgumentException("both --priority and --delay are given");
        }
        byte[] item = rest.isEmpty() ? standardInput() : rest.get(0).getBytes(StandardCharsets.UTF_8);
        try (Conclave conclave = connectShared("queue put")) {
            put(conclave, checked, item);
        } catch (TimeoutException full) {
            throw new CommandFailure(
                    ExitCode.NOT_OBTAINED,
                    "no room in " + checked + " in time",
                    "conclave queue " + checked + " stats shows what is in it");
        }
        output().print(
                        "put " + item.length + " bytes into " + checked,
                        Output.document().with("path", checked).with("bytes", item.length));
        return ExitCode.DONE;
    }

    private void put(Conclave conclave, String checked, byte[] item) throws InterruptedException, TimeoutException {
        Duration patience = wait == null ? Duration.ofDays(36_500) : wait;
        Codec<byte[]> codec = Codec.bytes();
        if (priority != null) {
            try (var queue = bounded(DistributedPriorityQueue.builder(conclave, checked, codec))) {
                queue.put(item, priority, patience);
            }
        } else if (delay != null) {
            try (var queue = bounded(DistributedDelayQueue.builder(conclave, checked, codec))) {
                queue.put(item, delay, patience);
            }
        } else {
            try (var queue = bounded(DistributedQueue.builder(conclave, checked, codec))) {
                queue.put(item, patience);
            }
        }
    }

    private <Q> Q bounded(QueueBuilder<Q> builder) {
        return capacity == null ? builder.build() : builder.capacity(capacity).build();
    }

    private byte[] standardInput() {
        try {
            return surroundings().in().readAllBytes();
        } catch (IOException unreadable) {
            throw new CommandFailure(ExitCode.FAILED, "standard input cannot be read", "give the item as DATA");
        }
    }

    // ---- take

    private int take(String checked) throws InterruptedException {
        if (!rest.isEmpty()) {
            refuseJson("queue take -- CMD");
        }
        OrderlyEnd end = OrderlyEnd.install();
        try (Conclave conclave = connectShared("queue take");
                ClaimSource<byte[]> queue = source(conclave, checked)) {
            Optional<Claim<byte[]>> claim = claim(conclave, queue, end);
            if (claim.isEmpty()) {
                return ExitCode.TERMINATED;
            }
            try (Claim<byte[]> item = claim.get()) {
                return rest.isEmpty() ? print(checked, item) : run(checked, item, end);
            }
        } finally {
            end.finished();
        }
    }

    private ClaimSource<byte[]> source(Conclave conclave, String checked) throws InterruptedException {
        String found = kind != null ? kind : storedKind(conclave, checked);
        Codec<byte[]> codec = Codec.bytes();
        return switch (found) {
            case "fifo" -> consumer(DistributedQueue.builder(conclave, checked, codec));
            case "priority" -> consumer(DistributedPriorityQueue.builder(conclave, checked, codec));
            case "delay" -> consumer(DistributedDelayQueue.builder(conclave, checked, codec));
            default -> throw new IllegalArgumentException("kind '" + found + "' is none of fifo, priority, delay");
        };
    }

    /** One item at a time: what is claimed ahead would be given back at once. */
    private <Q> Q consumer(QueueBuilder<Q> builder) {
        builder.prefetch(1);
        return maxDeliveries == null
                ? builder.build()
                : builder.maxDeliveries(maxDeliveries).build();
    }

    private static String storedKind(Conclave conclave, String checked) throws InterruptedException {
        Optional<Node> tail = conclave.nodes().get(checked + "/tail");
        return tail.stream()
                .flatMap(node -> node.data().asUtf8().lines())
                .filter(line -> line.startsWith("kind="))
                .map(line -> line.substring("kind=".length()))
                .findFirst()
                .orElse("fifo");
    }

    /** An item; empty if a signal came first. */
    private Optional<Claim<byte[]>> claim(Conclave conclave, ClaimSource<byte[]> queue, OrderlyEnd end)
            throws InterruptedException {
        if (wait != null && wait.isZero()) {
            return Optional.of(queue.tryTake().orElseThrow(this::nothing));
        }
        CompletableFuture<Claim<byte[]>> pending = queue.takeAsync();
        end.onSignal(() -> pending.cancel(false));
        TimeoutException late = new TimeoutException("no item in time");
        if (wait != null) {
            conclave.timekeeper().schedule(() -> pending.completeExceptionally(late), wait);
        }
        conclave.timekeeper().await(pending);
        try {
            return Optional.of(pending.join());
        } catch (java.util.concurrent.CancellationException signalled) {
            return Optional.empty();
        } catch (CompletionException failure) {
            if (failure.getCause() == late) {
                throw nothing();
            }
            throw failure;
        }
    }

    private CommandFailure nothing() {
        return new CommandFailure(
                ExitCode.NOT_OBTAINED,
                "no item of " + path + " came in time",
                "conclave queue " + path + " stats shows what is in it");
    }

    private int print(String checked, Claim<byte[]> claim) throws InterruptedException {
        String text = new String(claim.value(), StandardCharsets.UTF_8);
        output().print(
                        text,
                        Output.document()
                                .with("path", checked)
                                .with("id", claim.id())
                                .with("delivery", claim.delivery())
                                .with("data", text));
        if (surroundings().out().checkError()) {
            throw new CommandFailure(ExitCode.FAILED, "standard output is closed", "the item was given back");
        }
        claim.complete();
        return ExitCode.DONE;
    }

    private int run(String checked, Claim<byte[]> claim, OrderlyEnd end) throws InterruptedException {
        Map<String, String> variables = Map.of(
                "CONCLAVE_PATH", checked,
                "CONCLAVE_ITEM_ID", claim.id(),
                "CONCLAVE_DELIVERY", Integer.toString(claim.delivery()));
        ChildProcess child = ChildProcess.start(rest, variables, claim.value());
        Registration listener = claim.onLost(() -> child.terminate(grace));
        end.onSignal(() -> child.terminate(grace));
        int exitCode = child.awaitOrEnd(grace);
        listener.close();
        try {
            if (exitCode == 0) {
                claim.complete();
            } else {
                claim.giveBack();
            }
        } catch (GrantLostException lost) {
            throw new CommandFailure(
                    ExitCode.LOST,
                    lost.getMessage() + ", while the command ran",
                    "the item is delivered to another consumer");
        }
        return exitCode;
    }

    // ---- stats

    private int stats(String checked) throws InterruptedException {
        if (!rest.isEmpty()) {
            throw new IllegalArgumentException("stats takes nothing more, not '" + rest.get(0) + "'");
        }
        try (Conclave conclave = connectShared("queue stats");
                ClaimSource<byte[]> queue = source(conclave, checked)) {
            QueueStats stats = queue.stats();
            Integer bound = stats.capacity().isPresent() ? stats.capacity().getAsInt() : null;
            output().print(
                            String.format(
                                    "%d items: %d claimed, %d waiting (%d of them returned); %d dead; %s",
                                    stats.items(),
                                    stats.claimed(),
                                    stats.waiting(),
                                    stats.returned(),
                                    stats.dead(),
                                    bound == null ? "no bound" : "capacity " + bound),
                            Output.document()
                                    .with("path", checked)
                                    .with("items", stats.items())
                                    .with("claimed", stats.claimed())
                                    .with("waiting", stats.waiting())
                                    .with("returned", stats.returned())
                                    .with("dead", stats.dead())
                                    .with("capacity", bound));
        }
        return ExitCode.DONE;
    }
}
