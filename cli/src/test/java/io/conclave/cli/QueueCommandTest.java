package io.conclave.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.conclave.backend.inmemory.EmbeddedStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code queue}: with real children, on an embedded store that the commands of one test share. */
@Timeout(90)
class QueueCommandTest {
    private final String name = "queue-" + UUID.randomUUID();

    @TempDir
    private Path directory;

    @AfterEach
    void discard() {
        EmbeddedStore.discard(name);
    }

    private String[] with(String... args) {
        return Stream.concat(Stream.of("--backend", "inmemory:" + name + "?sessionTimeout=2s"), Stream.of(args))
                .toArray(String[]::new);
    }

    private Run run(String... args) {
        return Run.of(with(args));
    }

    private JsonNode stats() {
        return run("--json", "queue", "/q", "stats").json();
    }

    @Test
    void whatIsPutIsTakenInOrder() {
        assertThat(run("queue", "/q", "put", "one").out()).isEqualTo("put 3 bytes into /q\n");
        assertThat(new Run().in("two").execute(with("queue", "/q", "put")).exitCode())
                .isZero();
        JsonNode stats = stats();
        assertThat(stats.get("items").asInt()).isEqualTo(2);
        assertThat(stats.get("waiting").asInt()).isEqualTo(2);
        assertThat(stats.get("capacity").isNull()).isTrue();
        assertThat(run("queue", "/q", "take").out()).isEqualTo("one\n");
        JsonNode two = run("queue", "/q", "take", "--json", "--wait", "5s").json();
        assertThat(two.get("data").asText()).isEqualTo("two");
        assertThat(two.get("delivery").asInt()).isEqualTo(1);
        assertThat(two.get("id").asText()).isNotBlank();
        assertThat(run("queue", "/q", "stats").out()).startsWith("0 items: 0 claimed, 0 waiting");
    }

    @Test
    void anItemIsCompletedOnlyIfTheCommandExitsWithZero() throws IOException {
        Path file = directory.resolve("got");
        String script = "cat > " + file + "; echo :$CONCLAVE_DELIVERY:$CONCLAVE_PATH >> " + file + "; exit $1";
        run("queue", "/q", "put", "work");
        assertThat(run("queue", "/q", "take", "--", "sh", "-c", script, "sh", "3")
                        .exitCode())
                .isEqualTo(3);
        assertThat(Files.readString(file)).isEqualTo("work:1:/q\n");
        assertThat(stats().get("returned").asInt()).isEqualTo(1);
        assertThat(run("queue", "/q", "take", "--", "sh", "-c", script, "sh", "0")
                        .exitCode())
                .isZero();
        assertThat(Files.readString(file)).isEqualTo("work:2:/q\n");
        assertThat(stats().get("items").asInt()).isZero();
    }

    @Test
    void anItemThatFailsTooOftenIsDead() {
        run("queue", "/q", "put", "poison");
        assertThat(run("queue", "/q", "take", "--max-deliveries", "1", "--", "false")
                        .exitCode())
                .isEqualTo(1);
        assertThat(run("queue", "/q", "take", "--max-deliveries", "1", "--wait", "0s")
                        .exitCode())
                .isEqualTo(ExitCode.NOT_OBTAINED);
        assertThat(stats().get("dead").asInt()).isEqualTo(1);
    }

    @Test
    void aFullQueueAndAnEmptyOneAreTold() {
        Run nothing = run("queue", "/q", "take", "--wait", "100ms");
        assertThat(nothing.exitCode()).isEqualTo(ExitCode.NOT_OBTAINED);
        assertThat(nothing.errLines()).hasSize(1);
        run("queue", "/q", "put", "a", "--capacity", "1");
        assertThat(run("queue", "/q", "put", "b", "--wait", "100ms").exitCode()).isEqualTo(ExitCode.NOT_OBTAINED);
        assertThat(run("queue", "/q", "put", "b", "--wait", "0s").exitCode()).isEqualTo(ExitCode.NOT_OBTAINED);
        assertThat(stats().get("capacity").asInt()).isEqualTo(1);
    }

    @Test
    void theKindIsReadFromTheStore() {
        run("queue", "/q", "put", "low", "--priority", "9");
        run("queue", "/q", "put", "high", "--priority", "1");
        assertThat(run("queue", "/q", "take").out()).isEqualTo("high\n");
        assertThat(run("queue", "/d", "put", "later", "--delay", "1h").exitCode())
                .isZero();
        assertThat(run("queue", "/d", "take", "--wait", "0s").exitCode()).isEqualTo(ExitCode.NOT_OBTAINED);
        assertThat(run("queue", "/q", "put", "x").exitCode()).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void aTakeThatWaitsGetsWhatComes() throws Exception {
        CompletableFuture<Run> taking = new Run().start(with("queue", "/q", "take"));
        assertThat(Waiting.until(() -> !run("ls", "/q").out().isBlank(), Worker.PATIENCE))
                .isTrue();
        run("queue", "/q", "put", "late");
        assertThat(taking.get(Worker.PATIENCE.toSeconds(), TimeUnit.SECONDS).out())
                .isEqualTo("late\n");
    }

    @Test
    void wrongUsageIsOneLine() {
        for (String[] args : new String[][] {
            {"queue", "/q", "steal"},
            {"queue", "/q", "put", "a", "b"},
            {"queue", "/q", "stats", "x"},
            {"queue", "/q", "put", "a", "--priority", "256"},
            {"queue", "/q", "take", "--kind", "lifo"},
            {"queue", "/q", "put", "a", "--priority", "1", "--delay", "1s"},
            {"queue", "/", "stats"},
            {"queue", "/q", "take", "--json", "--", "true"}
        }) {
            Run run = run(args);
            assertThat(run.exitCode()).as(String.join(" ", args)).isEqualTo(ExitCode.USAGE);
            assertThat(run.errLines()).hasSize(1);
        }
    }
}
