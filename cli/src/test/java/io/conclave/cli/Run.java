package io.conclave.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Runs one command in this process with its own streams. */
final class Run {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Map<String, String> environment = new HashMap<>();
    private byte[] in = {};
    private boolean ownProcess;
    private int exitCode = -1;

    static Run of(String... args) {
        return new Run().execute(args);
    }

    Run in(String text) {
        in = text.getBytes(StandardCharsets.UTF_8);
        return this;
    }

    Run environment(String key, String value) {
        environment.put(key, value);
        return this;
    }

    /** As if started by the script: an embedded store has no other user. */
    Run ownProcess() {
        ownProcess = true;
        return this;
    }

    Run execute(String... args) {
        Surroundings surroundings = new Surroundings(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                new ByteArrayInputStream(in),
                environment,
                false,
                ownProcess);
        exitCode = Main.run(surroundings, args);
        return this;
    }

    CompletableFuture<Run> start(String... args) {
        return CompletableFuture.supplyAsync(() -> execute(args), task -> new Thread(task, "command").start());
    }

    int exitCode() {
        return exitCode;
    }

    String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    List<String> errLines() {
        return err().lines().toList();
    }

    JsonNode json() {
        return parse(out());
    }

    static JsonNode parse(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (IOException notJson) {
            throw new AssertionError("not JSON: " + text, notJson);
        }
    }
}
