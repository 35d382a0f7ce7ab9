package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.NodeListener;
import io.conclave.Registration;
import io.conclave.spi.Cancellable;
import io.conclave.spi.SessionState;
import io.conclave.spi.WatchSpec;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints changes as they happen. */
@Command(
        name = "watch",
        header = "Print changes of nodes as they happen.",
        description =
                "Print a line for each change of the node PATH and of everything below it, until interrupted. Several changes may be"
                        + " told as one. RESYNC: something may have been missed, read again; it is also the first line, once the watch is active.")
final class WatchCommand extends StoreCommand {
    @Parameters(index = "0", paramLabel = "PATH", description = "The node; / for all of the namespace.")
    private String path = "";

    @Option(names = "--count", paramLabel = "N", description = "End after N changes; RESYNC does not count.")
    private @Nullable Integer count;

    @Option(names = "--for", paramLabel = "TIME", description = "End after this time.")
    private @Nullable Duration limit;

    WatchCommand(GlobalOptions options) {
        super(options);
    }

    @Override
    public Integer call() throws InterruptedException {
        String checked = directory(path);
        if (count != null && count < 1) {
            throw new IllegalArgumentException("--count must be 1 or more");
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        Conclave conclave = connectShared("watch");
        OrderlyEnd end = OrderlyEnd.install();
        try (conclave) {
            end.onSignal(() -> done.complete(null));
            Cancellable timer =
                    limit == null ? () -> {} : conclave.timekeeper().schedule(() -> done.complete(null), limit);
            Registration states = conclave.addStateListener(this::tell);
            Registration watch = conclave.nodes().watch(checked, new Printer(checked, done));
            conclave.timekeeper().await(done);
            watch.close();
            states.close();
            timer.cancel();
        } finally {
            end.finished();
        }
        return ExitCode.DONE;
    }

    private void tell(SessionState state) {
        if (state != SessionState.CLOSED) {
            note("the session is " + state);
        }
    }

    /** Prints; ends the command when it has printed enough, or when nobody reads any more. */
    private final class Printer implements NodeListener {
        private final String watched;
        private final CompletableFuture<Void> done;
        private int changes;

        Printer(String watched, CompletableFuture<Void> done) {
            this.watched = watched;
            this.done = done;
        }

        @Override
        public void onChange(WatchSpec.Kind kind, String changed) {
            if (count != null && changes >= count) {
                return;
            }
            print(kind.name(), changed);
            changes++;
            if (count != null && changes >= count) {
                done.complete(null);
            }
        }

        @Override
        public void onResync() {
            print("RESYNC", watched);
        }

        private void print(String event, String at) {
            output().print(
                            String.format("%-8s %s", event, at),
                            Output.document().with("event", event).with("path", at));
            PrintStream out = surroundings().out();
            if (out.checkError()) {
                done.complete(null);
            }
        }
    }
}
