package io.conclave.backend.etcd.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A process that does not outlive this one: a shutdown hook kills it, and if this JVM is killed itself, a guard does, whose standard input
 * ends then. Signals go to its process id only.
 */
final class ServerProcess {
    private static final long END_SECONDS = 20;
    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly), "end-servers"));
    }

    private final Process process;
    private final Process guard;

    ServerProcess(List<String> command, Path log) {
        process = begin(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())));
        RUNNING.add(process);
        guard = begin(new ProcessBuilder("sh", "-c", "read -r over || kill -9 \"$0\"", String.valueOf(process.pid()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD));
    }

    private static Process begin(ProcessBuilder builder) {
        builder.environment().keySet().removeIf(name -> name.startsWith("ETCD_"));
        try {
            return builder.start();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Runs a short command to its end. */
    static void run(Path log, String... command) {
        int exit = exitOf(begin(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))));
        if (exit != 0) {
            throw new IllegalStateException(command[0] + " ended with " + exit + ", see " + log);
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** SIGSTOP or SIGCONT, without the prefix. */
    void signal(String signal) {
        int exit = exitOf(begin(new ProcessBuilder("kill", "-" + signal, String.valueOf(pid()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)));
        if (exit != 0) {
            throw new IllegalStateException("SIG" + signal + " could not be sent to process " + pid());
        }
    }

    /** SIGKILL, stopped or not, and waits for the end. */
    void kill() {
        process.destroyForcibly();
        exitOf(process);
        RUNNING.remove(process);
        try (OutputStream out = guard.getOutputStream()) {
            out.write('\n');
        } catch (IOException gone) {
            return; // it had nothing left to do
        }
        exitOf(guard);
    }

    private static int exitOf(Process process) {
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("a process does not end");
            }
            return process.exitValue();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}
