package io.conclave.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code server} in processes of their own, and {@code cluster}. */
@Timeout(300)
class ServerTest {
    private static final long END_SECONDS = 60;

    @TempDir
    private Path directory;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void end() throws InterruptedException {
        processes.forEach(Process::destroyForcibly);
        for (Process process : processes) {
            process.waitFor(END_SECONDS, TimeUnit.SECONDS);
        }
    }

    private Process start(String name, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Djava.io.tmpdir=" + directory,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "server"));
        line.addAll(List.of(arguments));
        Process process = new ProcessBuilder(line)
                .redirectOutput(directory.resolve(name + ".out").toFile())
                .redirectError(directory.resolve(name + ".err").toFile())
                .start();
        processes.add(process);
        return process;
    }

    private String read(String name) {
        try {
            return Files.readString(directory.resolve(name)).strip();
        } catch (IOException absent) {
            return "";
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    private static Run status(String url) {
        return Run.of("--json", "--connect-timeout", "2s", "--backend", url, "cluster", "status");
    }

    /** The member that leads; 0 if none does. */
    private static int leader(String url) {
        for (JsonNode member : status(url).json().get("members")) {
            if (member.path("serving").asText().equals("true")) {
                return member.get("member").asInt();
            }
        }
        return 0;
    }

    private void awaitLeader(String url) throws InterruptedException {
        assertThat(Waiting.until(() -> leader(url) > 0, Worker.PATIENCE))
                .as("a member leads: " + status(url).out() + read("1.err"))
                .isTrue();
    }

    @Test
    void oneCommandRunsAStoreForDevelopment() throws Exception {
        Process server = start("dev", "--dev");
        assertThat(Waiting.until(() -> read("dev.out").startsWith("inmemory://"), Worker.PATIENCE))
                .as("it prints its URL; errors: " + read("dev.err"))
                .isTrue();
        String url = read("dev.out");
        assertThat(url.split(",", -1)).hasSize(3);
        assertThat(Run.of("--backend", url + "/app", "put", "/name", "ann").exitCode())
                .isZero();
        assertThat(Run.of("--backend", url + "/app", "get", "/name").out()).isEqualTo("ann");

        Run table = Run.of("--backend", url, "cluster", "status");
        assertThat(table.exitCode()).isZero();
        assertThat(table.out()).contains("MEMBER", "leader", "follower");
        int other = leader(url) % 3 + 1;
        Run transfer = Run.of("--backend", url, "cluster", "transfer", Integer.toString(other));
        assertThat(transfer.err()).isEmpty();
        assertThat(transfer.out()).startsWith("member " + other + " leads");
        assertThat(leader(url)).isEqualTo(other);
        assertThat(Run.of("--backend", url + "/app", "get", "/name").out()).isEqualTo("ann");
        assertThat(read("dev.err").lines())
                .as("a line for each change")
                .anyMatch(line -> line.contains("member " + other + ": serves"));

        server.destroy();
        assertThat(server.waitFor(END_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(server.exitValue()).isEqualTo(ExitCode.TERMINATED);
        assertThat(directory.toFile().list((folder, name) -> name.startsWith("conclave-ensemble")))
                .as("what is left behind")
                .isEmpty();
    }

    @Test
    void threeServersShareAStateAndALeaderThatEndsHandsItOver() throws Exception {
        List<String> members = new ArrayList<>();
        List<String> hosts = new ArrayList<>();
        for (int id = 1; id <= 3; id++) {
            int port = freePort();
            hosts.add("127.0.0.1:" + port);
            members.add(id + "=127.0.0.1:" + port + "/" + freePort());
        }
        String all = String.join(",", members);
        String url = "inmemory://" + String.join(",", hosts);
        for (int id = 1; id <= 3; id++) {
            start(
                    Integer.toString(id),
                    "--id",
                    Integer.toString(id),
                    "--members",
                    all,
                    "--data",
                    directory.resolve("data-" + id).toString());
        }
        awaitLeader(url);
        int first = leader(url);
        assertThat(Run.of("--backend", url, "put", "/k", "v").exitCode()).isZero();

        // A second process on the same folder is refused.
        Process second = start(
                "second",
                "--id",
                Integer.toString(first),
                "--members",
                first + "=127.0.0.1:" + freePort() + "/" + freePort(),
                "--data",
                directory.resolve("data-" + first).toString());
        assertThat(second.waitFor(END_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(ExitCode.FAILED);
        assertThat(read("second.err").lines().filter(line -> line.startsWith("conclave: ")))
                .hasSize(1);

        Process leading = processes.get(first - 1);
        leading.destroy();
        assertThat(leading.waitFor(END_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(leading.exitValue()).isEqualTo(ExitCode.TERMINATED);
        assertThat(leader(url)).as("somebody leads when it has ended").isNotIn(0, first);
        assertThat(Run.of("--backend", url, "get", "/k").out()).isEqualTo("v");
        assertThat(read(first + ".out")).startsWith("member " + first + " listens on 127.0.0.1:");
        assertThat(read(first + ".err")).contains("member " + first + ": serves", "member " + first + ": closed");
    }
}
