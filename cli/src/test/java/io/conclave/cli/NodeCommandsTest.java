package io.conclave.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Plain nodes, ping and epoch on an embedded store that the commands of one test share. */
class NodeCommandsTest {
    private final String name = "nodes-" + UUID.randomUUID();

    /** The URL of a namespace with this name. */
    String backend(String namespace) {
        return "inmemory:" + namespace;
    }

    /** As {@code ping} shows it. */
    String durability() {
        return "NONE";
    }

    private Run run(String... args) {
        return Run.of(with(args));
    }

    private String[] with(String... args) {
        String[] all = new String[args.length + 2];
        all[0] = "--backend";
        all[1] = backend(name);
        System.arraycopy(args, 0, all, 2, args.length);
        return all;
    }

    @Test
    void whatIsPutIsGot() {
        assertThat(run("put", "/app/name", "wörld").exitCode()).isZero();
        assertThat(run("get", "/app/name").out()).isEqualTo("wörld");
        JsonNode json = run("--json", "get", "/app/name").json();
        assertThat(json.get("text").asText()).isEqualTo("wörld");
        assertThat(json.get("path").asText()).isEqualTo("/app/name");
        assertThat(json.get("base64").asText()).isEqualTo("d8O2cmxk");
        assertThat(json.get("version").isIntegralNumber()).isTrue();
    }

    @Test
    void bytesComeFromStandardInputOrAFile(@TempDir Path directory) throws IOException {
        assertThat(new Run().in("from\nin").execute(with("put", "/in")).exitCode())
                .isZero();
        assertThat(run("get", "/in").out()).isEqualTo("from\nin");
        Path file = Files.write(directory.resolve("data"), new byte[] {(byte) 0xff, 0});
        Run put = run("--json", "put", "/file", "--file", file.toString());
        assertThat(put.json().get("bytes").asInt()).isEqualTo(2);
        JsonNode got = run("--json", "get", "/file").json();
        assertThat(got.get("text").isNull()).isTrue();
        assertThat(got.get("base64").asText()).isEqualTo("/wA=");
        assertThat(run("put", "/both", "x", "--file", file.toString()).exitCode())
                .isEqualTo(ExitCode.USAGE);
        assertThat(run("put", "/none", "--file", "/no/such/file").errLines()).hasSize(1);
    }

    @Test
    void conditionsOfPutAreKept() {
        assertThat(run("put", "/once", "a", "--create").exitCode()).isZero();
        Run again = run("put", "/once", "b", "--create");
        assertThat(again.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(again.errLines()).singleElement().asString().contains("exists");
        String version = run("--json", "stat", "/once").json().get("version").asText();
        assertThat(run("put", "/once", "c", "--if-version", version).exitCode()).isZero();
        Run stale = run("put", "/once", "d", "--if-version", version);
        assertThat(stale.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run("get", "/once").out()).isEqualTo("c");
        assertThat(run("put", "/once", "e", "--if-version", "1", "--create").exitCode())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void listsChildrenAndSubtrees() {
        run("put", "/d/b/deep", "x");
        run("put", "/d/a", "x");
        assertThat(run("ls", "/d").out().lines()).containsExactly("a", "b");
        assertThat(run("ls").out().lines()).contains("d");
        assertThat(run("--json", "ls", "/d").json().toString())
                .isEqualTo("{\"path\":\"/d\",\"children\":[\"a\",\"b\"]}");
        assertThat(run("ls", "/d", "-r").out().lines()).containsExactly("/d/a", "/d/b/deep");
        Run cut = run("--json", "ls", "/d", "--recursive", "--limit", "1");
        assertThat(cut.json().get("nodes").size()).isOne();
        assertThat(cut.err()).contains("cut at 1");
        assertThat(run("ls", "/nothing").out()).isEmpty();
        assertThat(run("ls", "/nothing").exitCode()).isZero();
    }

    @Test
    void anAbsentNodeIsOneLine() {
        for (String command : List.of("get", "stat", "rm")) {
            Run absent = run(command, "/absent");
            assertThat(absent.exitCode()).isEqualTo(ExitCode.FAILED);
            assertThat(absent.errLines())
                    .singleElement()
                    .asString()
                    .contains("there is no node /absent", "conclave ls /absent");
        }
    }

    @Test
    void removesANode() {
        run("put", "/gone", "x");
        assertThat(run("--json", "rm", "/gone").json().get("removed").asBoolean())
                .isTrue();
        assertThat(run("get", "/gone").exitCode()).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void statShowsWhatTheStoreKnows() {
        run("put", "/s", "four");
        JsonNode json = run("--json", "stat", "/s").json();
        assertThat(json.get("bytes").asInt()).isEqualTo(4);
        assertThat(json.get("ephemeral").asBoolean()).isFalse();
        assertThat(json.get("createdRevision").isTextual()).isTrue();
        assertThat(json.get("ownerSession").isNull()).isTrue();
        assertThat(run("stat", "/s").out()).contains("persistent", "4 bytes");
    }

    @Test
    void watchPrintsChangesUntilTheCount() throws Exception {
        Run watch = new Run();
        CompletableFuture<Run> watching = watch.start(with("--json", "watch", "/w", "--count", "2", "--for", "60s"));
        assertThat(Waiting.until(() -> watch.out().contains("RESYNC"), Worker.PATIENCE))
                .isTrue();
        run("put", "/w/x", "1");
        assertThat(Waiting.until(() -> watch.out().contains("CREATED"), Worker.PATIENCE))
                .isTrue();
        run("put", "/w/x", "2");
        assertThat(watching.get(30, TimeUnit.SECONDS).exitCode()).isZero();
        List<JsonNode> lines = watch.out().lines().map(Run::parse).toList();
        assertThat(lines.get(0).get("event").asText()).isEqualTo("RESYNC");
        assertThat(lines.stream().map(line -> line.get("event").asText()).filter(event -> !event.equals("RESYNC")))
                .containsExactly("CREATED", "CHANGED");
        assertThat(lines.get(lines.size() - 1).get("path").asText()).isEqualTo("/w/x");
    }

    @Test
    void watchEndsAfterItsTime() {
        Run watch = run("watch", "/w", "--for", "100ms");
        assertThat(watch.exitCode()).isZero();
        assertThat(watch.out()).contains("RESYNC");
    }

    @Test
    void pingShowsSessionTimesAndCapabilities() {
        JsonNode json = run("--json", "ping", "--count", "3").json();
        assertThat(json.get("state").asText()).isEqualTo("ACTIVE");
        assertThat(json.get("sessionId").asText()).isNotEmpty();
        assertThat(json.get("roundTripMillis").get("count").asInt()).isEqualTo(3);
        assertThat(json.get("capabilities").get("durability").asText()).isEqualTo(durability());
        assertThat(json.get("capabilities").get("maxPayloadBytes").asInt()).isPositive();
        assertThat(run("ping").out()).contains("round trip", "durability", name);
        assertThat(run("ping", "--count", "0").exitCode()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void epochIsRaisedByOne() {
        assertThat(run("epoch", "show").out()).isEqualTo("0" + System.lineSeparator());
        assertThat(run("--json", "epoch", "raise").json().get("epoch").asInt()).isOne();
        assertThat(run("epoch", "show", "--json").json().get("epoch").asInt()).isOne();
    }
}
