package io.conclave.it;

import io.conclave.it.support.Await;
import io.conclave.it.support.ChildJvm;
import io.conclave.it.support.ChildProcess;
import io.conclave.it.support.Servers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Six processes append to one file under one lock while holders and servers fail: see {@link AppendStory}. Once with {@code conclave lock} commands, each running a shell command; once with
 * processes that use the library.
 *
 * <p>{@code -Dconclave.story.seconds=120} plays it longer (the faults are played once at least, which takes about 20 s):
 *
 * <pre>mvn -pl integration-tests verify -Dtest=AppendStoryTest -Dconclave.story.seconds=120</pre>
 */
@Timeout(900)
abstract class AppendScenario {
    private static final int PROCESSES = 6;
    private static final int KILLED = 137;
    private static final int LOST = 70;
    private static final Duration END_LIMIT = Duration.ofSeconds(60);

    private final List<ChildJvm> running = new CopyOnWriteArrayList<>();
    private final AtomicInteger lost = new AtomicInteger();
    private final Queue<String> surprises = new ConcurrentLinkedQueue<>();
    private Servers servers;
    private Path file;
    private String url;
    private volatile boolean ending;

    /** Three servers, serving. */
    abstract Servers threeServers() throws Exception;

    /** How long the story is if nobody says it. One round of faults is played in any case. */
    abstract int defaultSeconds();

    private Duration time() {
        return Duration.ofSeconds(Integer.getInteger("conclave.story.seconds", defaultSeconds()));
    }

    /** One round of faults. */
    abstract List<AppendStory.Fault> faults();

    @BeforeEach
    void start() throws Exception {
        servers = threeServers();
        url = servers.url("", AppendStory.SESSION);
        file = ChildProcess.workDirectory("story").resolve("appended");
        Files.createDirectories(file.getParent());
        Files.createFile(file);
    }

    @AfterEach
    void stop() {
        ending = true;
        running.forEach(ChildJvm::close);
        servers.close();
    }

    /** Each round is a process of its own that runs a shell command under the lock. */
    @Test
    void conclaveLockCommands() throws Exception {
        Thread[] slots = new Thread[PROCESSES];
        for (int i = 0; i < PROCESSES; i++) {
            slots[i] = new Thread(this::runCommands, "slot-" + i);
            slots[i].setDaemon(true);
            slots[i].start();
        }
        AppendStory story = story("conclaveLockCommands", () -> running);
        story.play(time());
        ending = true;
        for (Thread slot : slots) {
            slot.join(END_LIMIT.toMillis());
            Assertions.assertThat(slot.isAlive())
                    .as("%s has ended", slot.getName())
                    .isFalse();
        }
        story.judge();
        Assertions.assertThat(surprises).as("unexpected ends").isEmpty();
        Assertions.assertThat(lost.get()).as("commands that said LOST").isGreaterThanOrEqualTo(story.stopped());
    }

    private AppendStory story(String test, Supplier<List<ChildJvm>> processes) {
        return new AppendStory(getClass().getSimpleName() + "." + test, servers, faults(), file, processes);
    }

    private void runCommands() {
        String line = "\"$CONCLAVE_FENCING_TOKEN $$ $(cut -d' ' -f1 /proc/uptime)\" >> " + file;
        String script = "echo BEGIN " + line + "; sleep 0.3; echo END " + line;
        List<String> arguments = List.of(
                "--backend", url, "lock", AppendStory.LOCK, "--wait", "60s", "--fenced", "--", "sh", "-c", script);
        while (!ending) {
            try {
                ChildJvm process = ChildJvm.start("conclave lock", "io.conclave.cli.Main", Map.of(), arguments);
                running.add(process);
                int code = process.awaitExit(END_LIMIT.plusSeconds(30));
                running.remove(process);
                if (code == LOST) {
                    lost.incrementAndGet();
                } else if (code != 0 && code != KILLED) {
                    surprises.add("exit code " + code + ": " + process.lines());
                }
            } catch (IOException | InterruptedException | AssertionError failed) {
                surprises.add(failed.toString());
            }
        }
    }

    /** Six processes that stay, and are replaced when killed. */
    @Test
    void libraryProcesses() throws Exception {
        for (int i = 0; i < PROCESSES; i++) {
            startWorker();
        }
        AppendStory story = story("libraryProcesses", this::replaceKilledWorkers);
        story.play(time());
        ending = true;
        for (ChildJvm worker : running) {
            if (worker.isAlive()) {
                worker.send("end");
            }
        }
        for (ChildJvm worker : running) {
            int code = worker.awaitExit(END_LIMIT);
            if (code != 0 && code != KILLED) {
                surprises.add("exit code " + code + ": " + worker.lines());
            }
        }
        story.judge();
        Assertions.assertThat(surprises).as("unexpected ends").isEmpty();
        Await.until(
                () -> running.stream()
                        .flatMap(worker -> worker.lines().stream())
                        .anyMatch(line -> line.startsWith("LOST")),
                END_LIMIT,
                "the stopped process said that its grant was lost");
    }

    private List<ChildJvm> replaceKilledWorkers() {
        long alive = running.stream().filter(ChildJvm::isAlive).count();
        try {
            for (; alive < PROCESSES && !ending; alive++) {
                startWorker();
            }
        } catch (IOException failed) {
            surprises.add(failed.toString());
        }
        return running;
    }

    private void startWorker() throws IOException {
        running.add(ChildJvm.start(
                "worker " + running.size(), AppendWorker.class, url, AppendStory.LOCK, file.toString(), "20"));
    }
}
