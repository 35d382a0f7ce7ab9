package io.conclave.it.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A process that ends with the test: by {@link #close()}, and by a shutdown hook if the test's JVM ends before. Signals go to its process id only.
 */
public class ChildProcess implements AutoCloseable {
    private static final Duration END_LIMIT = Duration.ofSeconds(10);
    private static final Set<Process> RUNNING = Collections.newSetFromMap(new ConcurrentHashMap<>());

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(() -> RUNNING.forEach(ChildProcess::destroyTree), "end-children"));
    }

    private final Process process;
    private final String name;

    /** Starts it. */
    public ChildProcess(String name, ProcessBuilder builder) throws IOException {
        this.name = name;
        this.process = builder.start();
        RUNNING.add(process);
    }

    /** The command line of a JVM with the test's class path: small heap, quick start. Main class and arguments are to follow. */
    public static List<String> javaCommand(String heap, List<String> options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xmx" + heap, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        command.addAll(options);
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        return command;
    }

    /** A directory of the build for files of this run. */
    public static Path workDirectory(String name) {
        return Path.of(
                        System.getProperty("basedir", "."),
                        "target",
                        "it",
                        name + "-" + ProcessHandle.current().pid() + "-" + System.nanoTime())
                .toAbsolutePath()
                .normalize();
    }

    /** Its name in messages. */
    public final String name() {
        return name;
    }

    /** The process id. */
    public final long pid() {
        return process.pid();
    }

    /** Whether it runs; a paused process does. */
    public final boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL, and waits for the end. What it started itself lives on. */
    public final void kill() throws InterruptedException {
        process.destroyForcibly();
        awaitExit(END_LIMIT);
    }

    /** SIGKILL to what it started, then to itself, and waits for its end. */
    public final void killTree() throws InterruptedException {
        destroyTree(process);
        awaitExit(END_LIMIT);
    }

    /** SIGTERM. */
    public final void terminate() {
        process.destroy();
    }

    /** SIGSTOP. */
    public final void pause() throws InterruptedException {
        signal("STOP", pid());
    }

    /** SIGCONT. */
    public final void resume() throws InterruptedException {
        signal("CONT", pid());
    }

    /** The processes that it has started, and theirs. */
    public final List<ProcessHandle> descendants() {
        return process.descendants().toList();
    }

    /** Waits for the end and returns the exit code: 128 + the signal's number if one ended it. */
    public final int awaitExit(Duration limit) throws InterruptedException {
        if (!process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new AssertionError(name + " did not end within " + limit.toMillis() + " ms");
        }
        RUNNING.remove(process);
        return process.exitValue();
    }

    /** Sends a signal to a process that this test has started. */
    public static void signal(String signal, long pid) throws InterruptedException {
        if (!trySignal(signal, pid)) {
            throw new AssertionError("SIG" + signal + " could not be sent to process " + pid);
        }
    }

    /** The same for a process that may have ended: false if there is none. */
    public static boolean trySignal(String signal, long pid) throws InterruptedException {
        try {
            Process sender = new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            boolean sent = sender.waitFor(END_LIMIT.toNanos(), TimeUnit.NANOSECONDS) && sender.exitValue() == 0;
            if (sent && signal.equals("STOP")) {
                Await.until(() -> isStill(pid), END_LIMIT, "process " + pid + " stands still");
            }
            return sent;
        } catch (IOException failed) {
            throw new AssertionError("SIG" + signal + " could not be sent to process " + pid, failed);
        }
    }

    /** A stop is told to each thread: one that is in the middle of a write ends that first. True as well if the process has ended. */
    private static boolean isStill(long pid) {
        try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            for (Path thread : threads.toList()) {
                String stat = Files.readString(thread.resolve("stat"));
                char state = stat.charAt(stat.lastIndexOf(')') + 2);
                if ("RSD".indexOf(state) >= 0) {
                    return false;
                }
            }
            return true;
        } catch (IOException | UncheckedIOException ended) {
            return !Files.exists(Path.of("/proc", Long.toString(pid), "stat"));
        }
    }

    /** Ends it, and what it started, if still running. */
    @Override
    public void close() {
        destroyTree(process);
        try {
            awaitExit(END_LIMIT);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    final Process process() {
        return process;
    }

    private static void destroyTree(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
