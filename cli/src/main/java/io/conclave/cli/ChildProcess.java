package io.conclave.cli;

import io.conclave.spi.Timekeeper;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The command that runs under a lock or while leading. It shares our standard streams. Ending it means ending its descendants too: first they are asked
 * (SIGTERM), and what is still there after the grace is killed (SIGKILL). Descendants of a child that ends by itself are left alone.
 */
final class ChildProcess {
    private static final Logger LOG = LoggerFactory.getLogger(ChildProcess.class);
    private static final List<String> OUR_VARIABLES =
            List.of("CONCLAVE_FENCING_TOKEN", "CONCLAVE_PATH", "CONCLAVE_ITEM_ID", "CONCLAVE_DELIVERY");

    private final Process process;
    private final Timekeeper timekeeper = Timekeeper.system();
    private final AtomicReference<@Nullable List<ProcessHandle>> doomed = new AtomicReference<>();

    private ChildProcess(Process process) {
        this.process = process;
    }

    static ChildProcess start(List<String> command, Map<String, String> variables) {
        return new ChildProcess(start(new ProcessBuilder(command).inheritIO(), variables));
    }

    /** With these bytes as its standard input instead of ours. A child that does not read them does not matter. */
    static ChildProcess start(List<String> command, Map<String, String> variables, byte[] input) {
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO().redirectInput(ProcessBuilder.Redirect.PIPE);
        Process process = start(builder, variables);
        Thread writer = new Thread(() -> write(process, input), "conclave-input");
        writer.setDaemon(true);
        writer.start();
        return new ChildProcess(process);
    }

    private static void write(Process process, byte[] input) {
        try (OutputStream standardInput = process.getOutputStream()) {
            standardInput.write(input);
        } catch (IOException notRead) {
            LOG.debug("the command has not read its whole input", notRead);
        }
    }

    private static Process start(ProcessBuilder builder, Map<String, String> variables) {
        builder.environment().keySet().removeAll(OUR_VARIABLES);
        builder.environment().putAll(variables);
        List<String> command = builder.command();
        try {
            return builder.start();
        } catch (IOException refused) {
            boolean denied = String.valueOf(refused.getMessage()).contains("error=13");
            throw new CommandFailure(
                    denied ? ExitCode.NOT_EXECUTABLE : ExitCode.NOT_FOUND,
                    "the command '" + command.get(0) + "' cannot be started",
                    denied ? "it may not be executed" : "is it installed, and the path right?");
        }
    }

    /** Asks the child and its descendants to end, and kills them after the grace. Only the first call counts. */
    void terminate(Duration grace) {
        List<ProcessHandle> all = Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList();
        if (doomed.compareAndSet(null, all)) {
            all.forEach(ProcessHandle::destroy);
            timekeeper.schedule(() -> timekeeper.executor().execute(this::kill), grace);
        }
    }

    private void kill() {
        List<ProcessHandle> all = doomed.get();
        if (all != null) {
            all.stream().filter(ProcessHandle::isAlive).forEach(alive -> {
                alive.descendants().forEach(ProcessHandle::destroyForcibly);
                alive.destroyForcibly();
            });
        }
    }

    /** Waits until the child, and everything that {@link #terminate} asked to end, has ended; the exit code as a shell gives it. */
    int await() throws InterruptedException {
        timekeeper.await(process.onExit());
        List<ProcessHandle> all = doomed.get();
        if (all != null) {
            for (ProcessHandle handle : all) {
                timekeeper.await(handle.onExit());
            }
        }
        return process.exitValue();
    }

    /** Like {@link #await}, but when interrupted it ends the child first and goes on waiting. */
    int awaitOrEnd(Duration grace) throws InterruptedException {
        try {
            return await();
        } catch (InterruptedException interrupted) {
            terminate(grace);
            return awaitUninterrupted();
        }
    }

    private int awaitUninterrupted() {
        boolean again = true;
        int exitCode = 0;
        while (again) {
            try {
                exitCode = await();
                again = false;
            } catch (InterruptedException ignoredUntilTheChildHasEnded) {
                again = true;
            }
        }
        Thread.currentThread().interrupt();
        return exitCode;
    }

    /** Completes when the child has ended. */
    CompletableFuture<Process> onExit() {
        return process.onExit();
    }
}
