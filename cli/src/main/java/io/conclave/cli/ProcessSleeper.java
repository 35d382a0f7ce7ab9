package io.conclave.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A sleeper in a process of its own, which is stopped by SIGSTOP: nothing in it can notice. */
final class ProcessSleeper implements Sleeper {
    private final Process process;
    private final PrintStream commands;
    private final BufferedReader answers;

    private ProcessSleeper(Process process) {
        this.process = process;
        this.commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    static ProcessSleeper start(
            GlobalOptions options, String url, String owner, String lockPath, Duration sessionTimeout) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of("--backend", url));
        add(command, "--credentials", options.credentials());
        add(command, "--trust-store", options.trustStore());
        add(command, "--key-store", options.keyStore());
        command.addAll(List.of(DemoWorkerCommand.NAME, lockPath, "--owner", owner));
        command.addAll(List.of("--session-timeout", sessionTimeout.toMillis() + "ms"));
        ProcessSleeper sleeper;
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(Redirect.INHERIT);
            sleeper = new ProcessSleeper(builder.start());
        } catch (IOException refused) {
            throw new IllegalStateException("the second process of the demo cannot be started", refused);
        }
        sleeper.requireReady();
        return sleeper;
    }

    private static void add(List<String> command, String option, @Nullable Path file) {
        if (file != null) {
            command.addAll(List.of(option, file.toAbsolutePath().toString()));
        }
    }

    private void requireReady() {
        try {
            String first = answers.readLine();
            if (!"ready".equals(first)) {
                throw new IllegalStateException("the second process of the demo did not come up: " + first);
            }
        } catch (IOException | IllegalStateException failure) {
            close();
            throw failure instanceof IllegalStateException known
                    ? known
                    : new IllegalStateException("the second process of the demo cannot be read", failure);
        }
    }

    private String ask(String line) {
        commands.println(line);
        try {
            String answer = answers.readLine();
            if (answer == null) {
                throw new IllegalStateException("the second process of the demo ended at '" + line + "'");
            }
            return answer;
        } catch (IOException unreadable) {
            throw new IllegalStateException("the second process of the demo cannot be read", unreadable);
        }
    }

    @Override
    public long acquire() {
        return Long.parseLong(ask("acquire"));
    }

    @Override
    public String pause() throws InterruptedException {
        signal("-STOP");
        return "kill -STOP " + process.pid();
    }

    @Override
    public void resume() throws InterruptedException {
        signal("-CONT");
    }

    @Override
    public boolean believesToHold() {
        return Boolean.parseBoolean(ask("believes"));
    }

    @Override
    public boolean wasToldOfLoss() {
        return Boolean.parseBoolean(ask("told"));
    }

    @Override
    public boolean write(String path, String data) {
        return Boolean.parseBoolean(ask("write " + path + " " + data));
    }

    private void signal(String name) throws InterruptedException {
        try {
            Process kill = new ProcessBuilder("kill", name, Long.toString(process.pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.DISCARD)
                    .start();
            if (kill.waitFor() != 0) {
                throw new IllegalStateException("kill " + name + " " + process.pid() + " was refused");
            }
        } catch (IOException missing) {
            throw new IllegalStateException("this machine has no command 'kill' to stop a process with", missing);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
