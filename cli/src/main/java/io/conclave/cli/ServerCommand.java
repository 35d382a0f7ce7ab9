package io.conclave.cli;

import io.conclave.backend.inmemory.Ensemble;
import io.conclave.backend.inmemory.ReplicatedStore;
import io.conclave.backend.inmemory.ReplicatedStoreBuilder;
import io.conclave.backend.inmemory.StoreDurability;
import io.conclave.spi.Timekeeper;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a member of a replicated store, or three for development, until it is told to end. */
@Command(
        name = "server",
        header = "Run a member of a replicated store.",
        description = {
            "Run one member of a replicated store until SIGTERM or SIGINT: three or five of them, each in a process of its own, hold one state and survive the loss of a minority."
                    + " Clients connect with --backend inmemory://HOST:PORT,… naming all members. Each change of state is one line on standard error.",
            "",
            "With --dev: three members in this process, for development. Prints the URL to use; what they hold is removed at the end.",
            "",
            "On SIGTERM a leader hands leadership over first. Everything listens on the loopback interface only: this version has no authentication and no encryption.",
            "",
            "Example: conclave server --id 1 --members 1=127.0.0.1:7420,2=127.0.0.1:7421,3=127.0.0.1:7422 --data /var/lib/conclave/1"
        })
final class ServerCommand extends StoreCommand {
    private static final int DEV_PORT = 7420;
    private static final Duration WATCH_EACH = Duration.ofMillis(500);

    @Option(names = "--id", paramLabel = "N", description = "This member's id, one of those in --members.")
    private @Nullable Integer id;

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description = "Where clients reach this member. Default: its address in --members.")
    private @Nullable String listen;

    @Option(
            names = "--members",
            paramLabel = "ID=HOST:PORT,…",
            description =
                    "All members, the same at each and over all restarts. They speak to each other on the port 1,000 above; HOST:PORT/PEERPORT names another one.")
    private @Nullable String members;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The folder of this member's log and snapshots; made if missing.")
    private @Nullable Path data;

    @Option(
            names = "--durability",
            paramLabel = "log|fsync",
            defaultValue = "log",
            description =
                    "What is written before it is acknowledged: log, which survives kill -9 of all members, or fsync, which survives the loss of power too. Default: ${DEFAULT-VALUE}.")
    private String durability = "log";

    @Option(
            names = "--election-timeout",
            paramLabel = "TIME",
            defaultValue = "1s",
            description =
                    "How long a leader may be silent before the others elect another one. Default: ${DEFAULT-VALUE}.")
    private Duration electionTimeout = Duration.ofSeconds(1);

    @Option(
            names = "--dev",
            description = "Run three members in this process, on free ports from 7420 on, and keep nothing.")
    private boolean dev;

    ServerCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        OrderlyEnd end = OrderlyEnd.install();
        try {
            return dev ? runThree(end) : runOne(end);
        } catch (UncheckedIOException unusable) {
            throw new CommandFailure(
                    ExitCode.FAILED,
                    unusable.getMessage()
                            + (unusable.getCause() == null
                                    ? ""
                                    : ": " + unusable.getCause().getMessage()),
                    "does another member run with this address or folder?");
        } finally {
            end.finished();
        }
    }

    private int runThree(OrderlyEnd end) throws InterruptedException {
        if (id != null || members != null || data != null || listen != null) {
            throw new IllegalArgumentException("--dev takes no --id, --listen, --members or --data: it chooses them");
        }
        try (Ensemble ensemble = startThree()) {
            output().print(
                            ensemble.url(),
                            Output.document().with("url", ensemble.url()).with("members", ensemble.members()));
            CompletableFuture<Void> told = new CompletableFuture<>();
            end.onSignal(() -> told.complete(null));
            Timekeeper.system().await(told);
        }
        return ExitCode.DONE;
    }

    private Ensemble startThree() throws InterruptedException {
        Ensemble.Builder builder = Ensemble.builder().electionTimeout(electionTimeout);
        try {
            return builder.firstPort(DEV_PORT).start();
        } catch (UncheckedIOException taken) {
            return Ensemble.builder().electionTimeout(electionTimeout).start();
        }
    }

    private int runOne(OrderlyEnd end) throws InterruptedException {
        ReplicatedStoreBuilder builder = ReplicatedStore.builder()
                .id(required("--id", id))
                .members(parseMembers(required("--members", members)))
                .dataDirectory(required("--data", data))
                .durability(parseDurability(durability))
                .electionTimeout(electionTimeout);
        if (listen != null) {
            builder.listen(listen);
        }
        try (ReplicatedStore store = builder.start()) {
            output().print(
                            "member " + store.id() + " listens on " + store.clientAddress(),
                            Output.document().with("member", store.id()).with("listen", store.clientAddress()));
            CompletableFuture<Void> over = new CompletableFuture<>();
            end.onSignal(() -> over.complete(null));
            watch(store, over);
            Timekeeper.system().await(over);
            String failure = store.status().get("failure");
            if (failure != null) {
                throw new CommandFailure(
                        ExitCode.FAILED, "member " + store.id() + " has failed: " + failure, "its log lines say more");
            }
        }
        return ExitCode.DONE;
    }

    /** A member that fails stops by itself. */
    private static void watch(ReplicatedStore store, CompletableFuture<Void> over) {
        if (store.status().containsKey("failure")) {
            over.complete(null);
        } else if (!over.isDone()) {
            var unused = Timekeeper.system().schedule(() -> watch(store, over), WATCH_EACH);
        }
    }

    private static <T> T required(String option, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(option + " is missing; --dev needs none");
        }
        return value;
    }

    private static StoreDurability parseDurability(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "log" -> StoreDurability.PROCESS;
            case "fsync" -> StoreDurability.FSYNC;
            default -> throw new IllegalArgumentException("--durability '" + text + "' is neither log nor fsync");
        };
    }

    static Map<Integer, String> parseMembers(String text) {
        Map<Integer, String> parsed = new LinkedHashMap<>();
        for (String each : text.split(",", -1)) {
            if (!each.matches("[0-9]{1,9}=.+")) {
                throw new IllegalArgumentException("--members: '" + each + "' is not of the form ID=HOST:PORT");
            }
            int equals = each.indexOf('=');
            if (parsed.put(Integer.parseInt(each.substring(0, equals)), each.substring(equals + 1)) != null) {
                throw new IllegalArgumentException("--members: id " + each.substring(0, equals) + " is given twice");
            }
        }
        return parsed;
    }
}
