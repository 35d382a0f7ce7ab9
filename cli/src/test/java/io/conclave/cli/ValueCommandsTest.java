package io.conclave.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.backend.inmemory.EmbeddedStore;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Counters, latches and barriers on an embedded store that the commands of one test share. */
class ValueCommandsTest {
    private final String name = "values-" + UUID.randomUUID();

    @AfterEach
    void discard() {
        EmbeddedStore.discard(name);
    }

    private String[] with(String... args) {
        List<String> all = new ArrayList<>(List.of("--backend", "inmemory:" + name));
        all.addAll(List.of(args));
        return all.toArray(String[]::new);
    }

    private Run run(String... args) {
        return Run.of(with(args));
    }

    private String line(String... args) {
        Run done = run(args);
        assertThat(done.exitCode()).as(done.err()).isZero();
        return done.out().strip();
    }

    @Test
    void aCounterIsReadAddedToAndSet() {
        assertThat(line("counter", "/c", "get")).isEqualTo("0");
        assertThat(line("counter", "/c", "add")).isEqualTo("1");
        assertThat(line("counter", "/c", "add", "41")).isEqualTo("42");
        assertThat(line("counter", "/c", "set", "5", "--if", "42")).isEqualTo("5");
        Run refused = run("counter", "/c", "set", "6", "--if", "42");
        assertThat(refused.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(refused.errLines()).singleElement().asString().contains("is not 42");
        assertThat(run("--json", "counter", "/c", "get").json().get("value").asLong())
                .isEqualTo(5);
        assertThat(line("counter", "/c", "add", "--", "-6")).isEqualTo("-1");
        for (String[] wrong :
                new String[][] {{"counter", "/c", "set"}, {"counter", "/c", "mul", "2"}, {"counter", "/c", "get", "2"}
                }) {
            assertThat(run(wrong).exitCode()).isEqualTo(ExitCode.USAGE);
        }
        run("put", "/text", "abc");
        assertThat(run("counter", "/text", "add").errLines())
                .singleElement()
                .asString()
                .contains("3 bytes of /text");
    }

    @Test
    void aLatchIsCountedDownAwaitedAndRestarted() {
        assertThat(run("latch", "/l", "count-down").exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(line("latch", "/l", "count-down", "--count", "2")).isEqualTo("1");
        Run early = run("latch", "/l", "await", "--wait", "50ms");
        assertThat(early.exitCode()).isEqualTo(ExitCode.NOT_OBTAINED);
        assertThat(run("latch", "/l", "restart").exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run("latch", "/l", "count-down", "--count", "3").errLines())
                .singleElement()
                .asString()
                .contains("a latch of 2, not of 3");
        assertThat(run("--json", "latch", "/l", "count-down")
                        .json()
                        .get("count")
                        .asInt())
                .isZero();
        assertThat(line("latch", "/l", "await")).isEqualTo("at zero");
        assertThat(line("latch", "/l", "restart")).isEqualTo("2");
        assertThat(line("latch", "/l", "get")).isEqualTo("2");
        assertThat(run("latch", "/l", "get", "--wait", "1s").exitCode()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void processesWaitForEachOtherAtABarrier() throws Exception {
        Run late = run("barrier", "/b", "--parties", "2", "--wait", "50ms");
        assertThat(late.exitCode()).isEqualTo(ExitCode.NOT_OBTAINED);
        CompletableFuture<Run> first = new Run().start(with("--json", "barrier", "/b", "--parties", "2"));
        CompletableFuture<Run> second = new Run().start(with("--json", "barrier", "/b", "--parties", "2"));
        Run one = first.get(30, TimeUnit.SECONDS);
        Run other = second.get(30, TimeUnit.SECONDS);
        assertThat(one.exitCode()).as(one.err()).isZero();
        assertThat(one.json().get("generation")).isEqualTo(other.json().get("generation"));
        assertThat(one.json().get("place").asInt() + other.json().get("place").asInt())
                .isEqualTo(1);
        assertThat(run("barrier", "/b").exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run("barrier", "/b", "--parties", "0").exitCode()).isEqualTo(ExitCode.USAGE);
        Run command = run("barrier", "/b", "--parties", "1", "--", "sh", "-c", "exit $((CONCLAVE_PLACE + 7))");
        assertThat(command.exitCode()).as(command.err()).isEqualTo(7);
    }
}
