package io.conclave.it.support;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;

/**
 * A main class of the test class path in a process of its own, driven by lines: what it prints (also on standard error) is kept and can be waited for, {@link #send} writes to its
 * standard input.
 */
public final class ChildJvm extends ChildProcess {
    private static final int LINES_MAX = 200_000;
    private static final int LINES_SHOWN = 30;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<String> lines = new ArrayList<>();
    private boolean ended;

    private ChildJvm(String name, ProcessBuilder builder) throws IOException {
        super(name, builder);
        Thread reader = new Thread(this::readLines, "lines-of-" + name);
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts {@code main} with these arguments. */
    public static ChildJvm start(String name, Class<?> main, String... arguments) throws IOException {
        return start(name, main.getName(), Map.of(), List.of(arguments));
    }

    /** Starts a main class with arguments and additional environment variables. */
    public static ChildJvm start(String name, String main, Map<String, String> environment, List<String> arguments)
            throws IOException {
        return start(name, "96m", main, environment, arguments);
    }

    /** The same with another size of the heap. */
    public static ChildJvm start(
            String name, String heap, String main, Map<String, String> environment, List<String> arguments)
            throws IOException {
        List<String> command = javaCommand(heap, List.of("-Dorg.slf4j.simpleLogger.defaultLogLevel=error"));
        command.add(main);
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return new ChildJvm(name, builder);
    }

    /** Writes a line to its standard input. */
    public void send(String line) throws IOException {
        Writer input = process().outputWriter(StandardCharsets.UTF_8);
        input.write(line + "\n");
        input.flush();
    }

    /** What it has printed so far. */
    public List<String> lines() {
        lock.lock();
        try {
            return List.copyOf(lines);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a line that begins so, among those printed so far too; returns the first. */
    public String awaitLine(String beginning, Duration limit) throws InterruptedException {
        return awaitLine(0, line -> line.startsWith(beginning), limit, "a line '" + beginning + "…'");
    }

    /**
     * Waits for a matching line at or after the position {@code from} and returns the first.
     *
     * @throws AssertionError if it does not come in time, or the process ends without it; with its last lines
     */
    public String awaitLine(int from, Predicate<String> wanted, Duration limit, String what)
            throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        lock.lock();
        try {
            for (int next = from; ; ) {
                for (; next < lines.size(); next++) {
                    if (wanted.test(lines.get(next))) {
                        return lines.get(next);
                    }
                }
                long left = end - System.nanoTime();
                if (ended || left <= 0) {
                    throw new AssertionError(name() + (ended ? " ended without " : " did not print in time ") + what
                            + "; it printed last: "
                            + lines.subList(Math.max(0, lines.size() - LINES_SHOWN), lines.size()));
                }
                changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void readLines() {
        try (BufferedReader reader = process().inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                add(line);
            }
        } catch (IOException closed) {
            add("(output ended: " + closed.getMessage() + ")");
        } finally {
            lock.lock();
            try {
                ended = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void add(String line) {
        lock.lock();
        try {
            if (lines.size() < LINES_MAX) {
                lines.add(line);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for its end like {@link #awaitExit}, and shows its last lines if the exit code is another one. */
    public void awaitExitCode(int expected, Duration limit) throws InterruptedException {
        int code = awaitExit(limit);
        if (code != expected) {
            List<String> all = lines();
            throw new AssertionError(name() + " ended with " + code + " instead of " + expected + "; it printed last: "
                    + all.subList(Math.max(0, all.size() - LINES_SHOWN), all.size()));
        }
    }

    /** How long things may take that take a second on an idle machine. */
    public static Duration patience() {
        return Duration.ofNanos(TimeUnit.SECONDS.toNanos(30));
    }
}
