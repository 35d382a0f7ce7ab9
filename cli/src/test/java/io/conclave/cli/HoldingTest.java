package io.conclave.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.conclave.backend.inmemory.EmbeddedStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lock}, {@code elect}, {@code holders}, {@code break}: with real children, on an embedded store that the commands of one test share. */
class HoldingTest {
    private static final long PATIENCE_SECONDS = 60;

    private final String name = "holding-" + UUID.randomUUID();

    @TempDir
    private Path directory;

    /** The URL of a namespace with this name. */
    String backend(String namespace) {
        return "inmemory:" + namespace;
    }

    /** Ends all sessions at the store. */
    void expireSessions(String namespace) {
        EmbeddedStore store = EmbeddedStore.named(namespace);
        store.faults()
                .sessions()
                .forEach(session -> store.faults().session(session).expire());
    }

    private String[] with(String... args) {
        String url = backend(name) + "?sessionTimeout=2s";
        return Stream.concat(Stream.of("--backend", url), Stream.of(args)).toArray(String[]::new);
    }

    private Run run(String... args) {
        return Run.of(with(args));
    }

    private Path file(String fileName) {
        return directory.resolve(fileName);
    }

    private String read(String fileName) {
        try {
            return Files.readString(file(fileName)).strip();
        } catch (IOException absent) {
            return "";
        }
    }

    private void awaitFile(String fileName) throws InterruptedException {
        assertThat(Waiting.until(() -> !read(fileName).isEmpty(), Worker.PATIENCE))
                .as("file " + fileName + " was written")
                .isTrue();
    }

    private JsonNode awaitContenders(int count) throws InterruptedException {
        assertThat(Waiting.until(
                        () -> {
                            JsonNode view = run("--json", "holders", "/l").json();
                            return (view.get("holder").isNull() ? 0 : 1)
                                            + view.get("waiters").size()
                                    == count;
                        },
                        Worker.PATIENCE))
                .as(count + " contenders")
                .isTrue();
        return run("--json", "holders", "/l").json();
    }

    /** A child that writes its token, then waits until the file "go" is there. */
    private String[] holder(String command, String... options) {
        String script = "echo $CONCLAVE_FENCING_TOKEN $CONCLAVE_PATH > " + file("held") + "; while [ ! -e " + file("go")
                + " ]; do sleep 0.05; done; exit 7";
        return with(Stream.of(List.of(command, "/l"), List.of(options), List.of("--", "sh", "-c", script))
                .flatMap(List::stream)
                .toArray(String[]::new));
    }

    private static Run end(CompletableFuture<Run> running) throws Exception {
        return running.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    @Test
    void theExitCodeIsTheChilds() {
        assertThat(run("lock", "/l", "--", "sh", "-c", "exit 42").exitCode()).isEqualTo(42);
        assertThat(run("lock", "/l", "--wait", "0s", "--", "true").exitCode()).isZero();
        assertThat(run("lock", "/l", "--fenced", "--wait", "5s", "--", "sh", "-c", "kill -9 $$")
                        .exitCode())
                .isEqualTo(128 + 9);
        assertThat(run("elect", "/l", "--", "sh", "-c", "exit 43").exitCode()).isEqualTo(43);
        assertThat(run("--json", "holders", "/l").json().get("holder").isNull())
                .as("nothing stays behind")
                .isTrue();
    }

    @Test
    void theChildKnowsItsTokenAndTokensRise() {
        long last = 0;
        for (String command : List.of("lock", "elect", "lock")) {
            Path out = file("token");
            Run run = run(command, "/l", "--", "sh", "-c", "echo $CONCLAVE_FENCING_TOKEN $CONCLAVE_PATH > " + out);
            assertThat(run.exitCode()).isZero();
            String[] words = read("token").split(" ", -1);
            assertThat(Long.parseLong(words[0])).isGreaterThan(last);
            assertThat(words[1]).isEqualTo("/l");
            last = Long.parseLong(words[0]);
        }
    }

    @Test
    void aCommandThatCannotBeStartedIsOneLine() {
        for (String command : List.of("lock", "elect")) {
            Run run = run(command, "/l", "--", "no-such-command-here");
            assertThat(run.exitCode()).isEqualTo(ExitCode.NOT_FOUND);
            assertThat(run.errLines()).singleElement().asString().contains("no-such-command-here");
            assertThat(run(command, "/l", "--", directory.toString()).exitCode())
                    .isEqualTo(ExitCode.NOT_EXECUTABLE);
        }
        assertThat(run("--json", "holders", "/l").json().get("holder").isNull()).isTrue();
    }

    @Test
    void notObtainedInTimeIs75AndLeavesNothingBehind() throws Exception {
        CompletableFuture<Run> holding = new Run().start(holder("lock", "--owner", "first"));
        awaitFile("held");
        for (String wait : List.of("0s", "300ms")) {
            Run late = run(
                    "lock", "/l", "--wait", wait, "--", "touch", file("never").toString());
            assertThat(late.exitCode()).isEqualTo(ExitCode.NOT_OBTAINED);
            assertThat(late.errLines()).singleElement().asString().contains("not obtained in time", "holders /l");
        }
        assertThat(file("never")).doesNotExist();
        awaitContenders(1);
        Files.createFile(file("go"));
        assertThat(end(holding).exitCode()).isEqualTo(7);
    }

    @Test
    void holdersShowsTheQueueWithTokensAsText() throws Exception {
        CompletableFuture<Run> first = new Run().start(holder("lock", "--owner", "first"));
        awaitFile("held");
        CompletableFuture<Run> second = new Run().start(with("lock", "/l", "--owner", "second", "--", "true"));
        JsonNode view = awaitContenders(2);
        assertThat(view.get("holder").get("owner").asText()).isEqualTo("first");
        assertThat(view.get("holder").get("token").isTextual()).isTrue();
        assertThat(view.get("holder").get("token").asText())
                .isEqualTo(read("held").split(" ", -1)[0]);
        assertThat(view.get("holder").get("queuedSince").asText()).contains("T");
        assertThat(view.get("waiters").get(0).get("owner").asText()).isEqualTo("second");
        assertThat(run("holders", "/l").out()).contains("TOKEN", "holder", "waiter", "first", "second");
        Files.createFile(file("go"));
        assertThat(end(first).exitCode()).isEqualTo(7);
        assertThat(end(second).exitCode()).isZero();
        assertThat(run("holders", "/l").out()).contains("nobody");
    }

    @Test
    void anEvictedHoldersChildIsEndedAndTheCodeIs70() throws Exception {
        for (String command : List.of("lock", "elect")) {
            Files.deleteIfExists(file("held"));
            CompletableFuture<Run> holding = new Run().start(holder(command, "--grace", "10s"));
            awaitFile("held");
            String token = read("held").split(" ", -1)[0];
            Run evict = run("--json", "break", "/l", "--token", token);
            assertThat(evict.json().get("token").asText()).isEqualTo(token);
            Run lost = end(holding);
            assertThat(lost.exitCode()).as(command).isEqualTo(ExitCode.LOST);
            assertThat(lost.errLines()).singleElement().asString().contains("is lost", "while the command ran");
        }
    }

    @Test
    void manyReadAndOneWrites() throws Exception {
        CompletableFuture<Run> reading = new Run().start(holder("rwlock", "--read", "--owner", "reader"));
        awaitFile("held");
        assertThat(read("held")).matches("[1-9][0-9]* /l");
        assertThat(run("rwlock", "/l", "--read", "--wait", "20s", "--", "sh", "-c", "exit 42")
                        .exitCode())
                .isEqualTo(42);
        Run late = run("rwlock", "/l", "--write", "--wait", "0s", "--", "true");
        assertThat(late.exitCode()).isEqualTo(ExitCode.NOT_OBTAINED);
        assertThat(late.errLines()).singleElement().asString().contains("the write lock /l was not obtained");
        JsonNode view = run("--json", "rwlock", "/l").json();
        assertThat(view.get("holders").size()).isEqualTo(1);
        assertThat(view.get("holders").get(0).get("of").asText()).isEqualTo("read");
        assertThat(view.get("holders").get(0).get("owner").asText()).isEqualTo("reader");
        assertThat(run("rwlock", "/l").out()).contains("holder", "read", "reader");
        assertThat(run("rwlock", "/l", "--", "true").exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run("rwlock", "/l", "--read", "--write", "--", "true").exitCode())
                .isEqualTo(ExitCode.USAGE);
        assertThat(run("rwlock", "/l", "--read").exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run("--json", "rwlock", "/l", "--read", "--", "true").exitCode())
                .isEqualTo(ExitCode.USAGE);
        Files.createFile(file("go"));
        assertThat(end(reading).exitCode()).isEqualTo(7);
        assertThat(run("rwlock", "/l", "--write", "--wait", "20s", "--", "true").exitCode())
                .isZero();
        assertThat(run("rwlock", "/l").out()).contains("nobody");
    }

    @Test
    void permitsAreTakenAndTheirNumberChanges() throws Exception {
        CompletableFuture<Run> holding = new Run().start(holder("semaphore", "--permits", "3", "--take", "2"));
        awaitFile("held");
        JsonNode view = run("--json", "semaphore", "/l").json();
        assertThat(view.get("permits").asInt()).isEqualTo(3);
        assertThat(view.get("available").asInt()).isEqualTo(1);
        assertThat(view.get("holders").get(0).get("of").asText()).isEqualTo("2 permits");
        assertThat(run("semaphore", "/l").out()).contains("1 of 3 permits are free", "2 permits");
        assertThat(run("semaphore", "/l", "--permits", "3", "--wait", "20s", "--", "true")
                        .exitCode())
                .isZero();
        String[] two = {"semaphore", "/l", "--permits", "3", "--take", "2", "--wait", "0s", "--", "true"};
        assertThat(run(two).exitCode()).isEqualTo(ExitCode.NOT_OBTAINED);
        Run other = run("semaphore", "/l", "--permits", "4", "--wait", "20s", "--", "true");
        assertThat(other.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(other.errLines()).singleElement().asString().contains("4 permits", "others who use it say 3");
        assertThat(run("--json", "semaphore", "/l", "--resize", "5")
                        .json()
                        .get("permits")
                        .asInt())
                .isEqualTo(5);
        assertThat(run(two).exitCode()).isZero();
        assertThat(run("semaphore", "/l", "--", "true").exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run("semaphore", "/l", "--permits", "2", "--take", "3", "--", "true")
                        .exitCode())
                .isEqualTo(ExitCode.USAGE);
        assertThat(run("semaphore", "/l", "--resize", "0").exitCode()).isEqualTo(ExitCode.USAGE);
        Files.createFile(file("go"));
        assertThat(end(holding).exitCode()).isEqualTo(7);
        assertThat(run("semaphore", "/l").out()).contains("5 of 5 permits are free", "nobody");
    }

    @Test
    void breakingNobodyIsOneLine() {
        Run run = run("break", "/l", "--token", "4711");
        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(run.errLines()).singleElement().asString().contains("4711", "conclave holders /l");
        assertThat(run("break", "/l", "--token", "-1").exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(run("break", "/l", "--token", "x").exitCode()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aChildThatIgnoresSigtermIsKilledAfterTheGraceWithItsDescendants() throws Exception {
        String script = "trap '' TERM; sh -c \"trap '' TERM; echo \\$\\$ > " + file("inner")
                + "; while :; do sleep 0.05; done\" & " + "echo held > " + file("held")
                + "; wait; while :; do sleep 0.05; done";
        CompletableFuture<Run> holding =
                new Run().start(with("lock", "/l", "--grace", "300ms", "--", "sh", "-c", script));
        awaitFile("held");
        awaitFile("inner");
        expireSessions(name);
        Run lost = end(holding);
        assertThat(lost.exitCode()).isEqualTo(ExitCode.LOST);
        long inner = Long.parseLong(read("inner"));
        assertThat(Waiting.until(
                        () -> ProcessHandle.of(inner)
                                .map(handle -> !handle.isAlive())
                                .orElse(true),
                        Worker.PATIENCE))
                .isTrue();
    }

    @Test
    void withForeverTheCommandRunsAgainWhenReElected() throws Exception {
        Path command = file("command");
        Files.writeString(
                command,
                "#!/bin/sh\necho $CONCLAVE_FENCING_TOKEN >> " + file("terms") + "\nwhile [ ! -e " + file("go")
                        + " ]; do sleep 0.05; done\nrm " + file("go") + "\n");
        Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwx------"));
        CompletableFuture<Run> running =
                new Run().start(with("elect", "/l", "--id", "node-1", "--forever", "--", command.toString()));
        awaitFile("terms");
        expireSessions(name);
        awaitTerms(2);
        Files.createFile(file("go"));
        awaitTerms(3);
        List<Long> tokens = read("terms").lines().map(Long::parseLong).toList();
        assertThat(tokens).isSorted().doesNotHaveDuplicates();
        assertThat(run("--json", "holders", "/l")
                        .json()
                        .get("holder")
                        .get("owner")
                        .asText())
                .isEqualTo("node-1");
        assertThat(running).isNotDone();
        Files.delete(command); // what ends it in this test: the next term cannot start its command
        Files.createFile(file("go"));
        assertThat(end(running).exitCode()).isEqualTo(ExitCode.NOT_FOUND);
    }

    private void awaitTerms(int count) throws InterruptedException {
        assertThat(Waiting.until(() -> read("terms").lines().count() == count, Worker.PATIENCE))
                .as("elected " + count + " times")
                .isTrue();
    }

    @Test
    void onAStoreOfItsOwnItRunsWithANote() {
        Run run = new Run().ownProcess().execute("lock", "/l", "--", "true");
        assertThat(run.exitCode()).isZero();
        assertThat(run.errLines()).singleElement().asString().contains("note", "nobody else contends");
    }
}
