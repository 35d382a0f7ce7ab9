package io.conclave.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Help, wrong usage and configuration: one line with a reason and a hint. */
class UsageTest {
    private static void assertOneLine(Run run, int exitCode, String... parts) {
        assertThat(run.errLines()).as("error of one line").hasSize(1);
        assertThat(run.err()).startsWith("conclave: ").contains(parts);
        assertThat(run.exitCode()).isEqualTo(exitCode);
        assertThat(run.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo",
                "lock",
                "rwlock",
                "semaphore",
                "elect",
                "queue",
                "holders",
                "break",
                "ls",
                "get",
                "put",
                "rm",
                "stat",
                "watch",
                "members",
                "services",
                "services list",
                "services register",
                "config",
                "config list",
                "config get",
                "config set",
                "config unset",
                "ping",
                "epoch",
                "epoch show",
                "epoch raise",
                "server",
                "cluster",
                "cluster status",
                "cluster transfer"
            })
    void everyCommandHasHelp(String command) {
        Run run = Run.of((command + " --help").split(" ", -1));
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("Usage:").contains("conclave " + command).contains("--backend");
        assertThat(run.err()).isEmpty();
    }

    @Test
    void helpListsCommandsButNotTheHiddenOne() {
        Run run = Run.of("--help");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("Commands:", "holders", "epoch", "Exit codes")
                .doesNotContain("demo-worker");
    }

    @Test
    void versionIsTheBuilds() {
        assertThat(Run.of("--version").out()).matches("conclave [0-9]+\\.[0-9]+\\.[0-9]+.*\\R");
    }

    @Test
    void helpForLockSaysWhatHappensWhenConclaveIsKilled() {
        assertThat(Run.of("lock", "--help").out().replaceAll("\\s+", " "))
                .contains("When conclave itself is killed (SIGKILL)", "fencing token", "75", "70");
    }

    @Test
    void aMissingCommandIsWrongUsage() {
        assertOneLine(Run.of(), ExitCode.USAGE, "a command is missing", "conclave --help");
        assertOneLine(Run.of("epoch"), ExitCode.USAGE, "show or raise", "conclave epoch --help");
    }

    @Test
    void aServerNeedsToKnowWhoItIs() {
        String members = "1=127.0.0.1:7420,2=127.0.0.1:7421,3=127.0.0.1:7422";
        assertOneLine(Run.of("server"), ExitCode.USAGE, "--id is missing", "--dev");
        assertOneLine(Run.of("server", "--id", "1", "--members", members), ExitCode.USAGE, "--data is missing");
        String[] all = {"server", "--data", "/no/where", "--id"};
        assertOneLine(run(all, "4", "--members", members), ExitCode.USAGE, "4", "[1, 2, 3]");
        assertOneLine(run(all, "1", "--members", "1=127.0.0.1:7420,2"), ExitCode.USAGE, "'2'", "ID=HOST:PORT");
        assertOneLine(run(all, "1", "--members", "1=a:1,1=b:1"), ExitCode.USAGE, "id 1", "twice");
        assertOneLine(run(all, "1", "--members", "1=192.0.2.7:7420"), ExitCode.USAGE, "192.0.2.7", "loopback");
        assertOneLine(run(all, "1", "--members", members, "--durability", "disk"), ExitCode.USAGE, "'disk'", "fsync");
        assertOneLine(run(all, "1", "--members", members, "--election-timeout", "5ms"), ExitCode.USAGE, "100 ms");
        assertOneLine(Run.of("server", "--dev", "--id", "1"), ExitCode.USAGE, "--dev");
    }

    private static Run run(String[] first, String... more) {
        return Run.of(Stream.concat(Stream.of(first), Stream.of(more)).toArray(String[]::new));
    }

    @Test
    void aClusterIsAReplicatedStore() {
        assertOneLine(Run.of("cluster"), ExitCode.USAGE, "status or transfer");
        assertOneLine(
                Run.of("--backend", "inmemory:", "cluster", "status"), ExitCode.USAGE, "'inmemory:'", "inmemory://");
        Run nobody = Run.of("--backend", "inmemory://127.0.0.1:1", "cluster", "status");
        assertThat(nobody.exitCode()).isEqualTo(ExitCode.UNREACHABLE);
        assertThat(nobody.out()).contains("127.0.0.1:1", "not reached");
        assertOneLine(
                Run.of("--backend", "inmemory://127.0.0.1:1", "cluster", "transfer", "2"),
                ExitCode.UNREACHABLE,
                "no member is known to lead");
    }

    @Test
    void anUnknownCommandSuggestsTheRightOne() {
        assertOneLine(Run.of("hodlers", "/a"), ExitCode.USAGE, "hodlers", "did you mean", "holders");
    }

    @Test
    void anUnknownOptionSuggestsTheRightOne() {
        assertOneLine(Run.of("lock", "/a", "--fence", "--", "true"), ExitCode.USAGE, "--fence", "--fenced");
    }

    @ParameterizedTest
    @CsvSource({
        "nonsense, not a backend URL",
        "'inmemory:a b', store name",
        "zookeper://h:1, zookeeper",
        "zookeeper://u:secret@h:1, credentials do not belong into the URL",
        "inmemory:x?sessionTimeuot=1s, sessionTimeout",
    })
    void aBadUrlIsOneLine(String url, String reason) {
        Run run = Run.of("--backend", url, "ping");
        assertOneLine(run, ExitCode.USAGE, reason);
        assertThat(run.err()).doesNotContain("secret");
    }

    @ParameterizedTest
    @CsvSource({"locks, not absolute", "/a/, ends with", "/a//b, empty segment", "/a/../b, relative", "/, directory"})
    void aBadPathIsOneLine(String path, String reason) {
        for (String command : new String[] {"holders", "get", "rm", "stat"}) {
            assertOneLine(Run.of("--backend", "inmemory:usage", command, path), ExitCode.USAGE, reason);
        }
    }

    @Test
    void aBadTimeIsOneLine() {
        assertOneLine(Run.of("lock", "/a", "--wait", "10", "--", "true"), ExitCode.USAGE, "--wait", "10s");
        assertOneLine(Run.of("lock", "/a", "--wait", "-1s", "--", "true"), ExitCode.USAGE, "--wait");
    }

    @Test
    void aCommandToRunIsNeeded() {
        assertOneLine(Run.of("lock", "/a"), ExitCode.USAGE, "CMD");
        assertOneLine(Run.of("elect", "/a"), ExitCode.USAGE, "CMD");
    }

    @Test
    void jsonIsRefusedWhereTheOutputIsTheCommands() {
        assertOneLine(Run.of("--json", "lock", "/a", "--", "true"), ExitCode.USAGE, "--json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "holders /a",
                "ls /",
                "get /a",
                "put /a x",
                "rm /a",
                "stat /a",
                "watch /a",
                "epoch show",
                "epoch raise",
                "break /a --token 1"
            })
    void whatNobodyCouldShareIsRefusedOnAStoreOfOneProcess(String command) {
        assertOneLine(new Run().ownProcess().execute(command.split(" ", -1)), ExitCode.USAGE, "inmemory:", "--backend");
        assertOneLine(
                new Run().ownProcess().execute(("--backend inmemory:named " + command).split(" ", -1)),
                ExitCode.USAGE,
                "inmemory:named");
    }

    @Test
    void theEnvironmentNamesTheBackendAndTheOptionWins() {
        Run environment = new Run().environment("CONCLAVE_BACKEND", "inmemory:from-environment");
        assertThat(environment.execute("--json", "ping").json().get("backend").asText())
                .isEqualTo("inmemory:from-environment");
        Run option = new Run().environment("CONCLAVE_BACKEND", "nonsense");
        assertThat(option.execute("--json", "--backend", "inmemory:from-option", "ping")
                        .json()
                        .get("backend")
                        .asText())
                .isEqualTo("inmemory:from-option");
    }

    @Test
    void anUnreachableStoreIsOneLineAndInTime() {
        long start = System.nanoTime();
        Run run = Run.of("--backend", "zookeeper://127.0.0.1:1", "--connect-timeout", "700ms", "ping");
        assertOneLine(run, ExitCode.UNREACHABLE, "is the store running");
        assertThat((System.nanoTime() - start) / 1e9).isLessThan(10);
    }

    @Test
    void verboseShowsWhereAFailureComesFrom() {
        Run run = Run.of("--verbose", "get", "no-slash");
        assertThat(run.err()).contains("not absolute", "\tat io.conclave");
    }

    @Test
    void credentialsAreNeverRepeated(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("credentials");
        Files.writeString(file, "user=ann\npassword=hush-hush\npasword=hush-hush\n");
        Run typo = Run.of("--credentials", file.toString(), "ping");
        assertThat(typo.err()).contains("unknown key 'pasword'", "'password'").doesNotContain("hush");
        assertThat(typo.exitCode()).isEqualTo(ExitCode.USAGE);

        Files.writeString(file, "user=ann\n");
        assertThat(Run.of("--credentials", file.toString(), "ping").err()).contains("no password", "CONCLAVE_PASSWORD");
        Run environment =
                new Run().environment("CONCLAVE_PASSWORD", "hush-hush").execute("ping");
        assertThat(environment.err()).contains("no user", "CONCLAVE_USER").doesNotContain("hush");
        Run mechanism = new Run()
                .environment("CONCLAVE_USER", "ann")
                .environment("CONCLAVE_PASSWORD", "hush-hush")
                .environment("CONCLAVE_MECHANISM", "sasl")
                .execute("--verbose", "ping");
        assertThat(mechanism.err()).contains("unknown mechanism 'sasl'").doesNotContain("hush");
        assertOneLine(Run.of("--credentials", "/no/such/file", "ping"), ExitCode.USAGE, "/no/such/file");
    }

    @Test
    void tlsFilesAreCheckedFirst() {
        assertOneLine(Run.of("--trust-store", "/no/such/file", "ping"), ExitCode.USAGE, "/no/such/file");
        assertOneLine(
                Run.of("--key-store", Path.of("pom.xml").toString(), "ping"), ExitCode.USAGE, "--trust-store FILE");
    }
}
