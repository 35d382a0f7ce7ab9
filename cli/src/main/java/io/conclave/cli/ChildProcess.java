package io.conclave.cli;

import io.conclave.spi.Timekeeper;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The command that runs under a lock or while leading. It shares our standard streams. Ending it means ending its descendants too: first they are asked
 * (SIGTERM), and what is still there after the grace is killed (SIGKILL). Descendants of a child that ends by itself are left alone.
 */
final class ChildProcess {
    private final Process process;
    private final Timekeeper timekeeper = Timekeeper.system();
    private final AtomicReference<@Nullable List<ProcessHandle>> doomed = new AtomicReference<>();

    private ChildProcess(Process process) {
        this.process = process;
    }

    static ChildProcess start(List<String> command, Map<String, String> variables) {
        ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
        builder.environment().keySet().removeAll(List.of("CONCLAVE_FENCING_TOKEN", "CONCLAVE_PATH"));
        builder.environment().putAll(variables);
        try {
            return new ChildProcess(builder.start());
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
