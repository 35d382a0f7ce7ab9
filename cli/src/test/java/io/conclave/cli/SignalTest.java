package io.conclave.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command as a process of its own that is told to end. */
class SignalTest {
    @TempDir
    private Path directory;

    private Process start(String command, String script) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        line.addAll(List.of("--backend", "inmemory:", command, "/l", "--grace", "20s", "--", "sh", "-c", script));
        return new ProcessBuilder(line)
                .redirectInput(Redirect.from(
                        Files.createFile(directory.resolve("empty")).toFile()))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("output").toFile())
                .start();
    }

    private String read(String name) {
        try {
            return Files.readString(directory.resolve(name)).strip();
        } catch (IOException absent) {
            return "";
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lock", "elect"})
    void sigtermIsPassedOnAndTheChildMayFinish(String command) throws Exception {
        String script = "trap 'sleep 0.5; echo finished > " + directory.resolve("end") + "; exit 3' TERM; echo up > "
                + directory.resolve("up") + "; while :; do sleep 0.05; done";
        Process process = start(command, script);
        try {
            assertThat(Waiting.until(() -> read("up").equals("up"), Worker.PATIENCE))
                    .as("the child runs; output: " + read("output"))
                    .isTrue();
            process.destroy();
            assertThat(process.waitFor(60, TimeUnit.SECONDS))
                    .as("conclave ends")
                    .isTrue();
            assertThat(process.exitValue()).isEqualTo(ExitCode.TERMINATED);
            assertThat(read("end")).as("it waited for the child").isEqualTo("finished");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
