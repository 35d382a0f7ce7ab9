package io.conclave.cli;

import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** How long a command stays for which others look: as long as a child runs, or for a time, or until it is told to end. */
final class Stay {
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final OrderlyEnd end = OrderlyEnd.install();

    /** Returns the exit code. */
    int stay(List<String> command, @Nullable Duration limit, Map<String, String> environment)
            throws InterruptedException {
        if (!command.isEmpty()) {
            ChildProcess child = ChildProcess.start(command, environment);
            end.onSignal(() -> child.terminate(GRACE));
            return child.awaitOrEnd(GRACE);
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        end.onSignal(() -> done.complete(null));
        if (limit != null) {
            Timekeeper.system().schedule(() -> done.complete(null), limit);
        }
        Timekeeper.system().await(done);
        return end.isTold() ? ExitCode.TERMINATED : ExitCode.DONE;
    }

    /** Everything is cleaned up. */
    void finished() {
        end.finished();
    }
}
