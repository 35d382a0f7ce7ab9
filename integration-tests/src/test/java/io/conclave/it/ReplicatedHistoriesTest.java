package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.histories.History;
import io.conclave.histories.LinearizabilityChecker;
import io.conclave.histories.Model;
import io.conclave.histories.Models;
import io.conclave.histories.Outcome;
import io.conclave.histories.Recorder;
import io.conclave.histories.TokenCheck;
import io.conclave.histories.Verdict;
import io.conclave.it.support.Await;
import io.conclave.it.support.ChildProcess;
import io.conclave.it.support.Figures;
import io.conclave.it.support.MemberServers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Clients do random operations on registers, counters and fenced locks of a replicated store while its members are killed, stopped, cut off, slowed and restarted; all that they were told must be
 * linearizable. Then the faults end, and everybody must get on.
 *
 * <pre>mvn -pl integration-tests verify -Dtest=ReplicatedHistoriesTest -Dconclave.histories.operations=500000 -Dconclave.seed=N</pre>
 */
@Timeout(1_800)
final class ReplicatedHistoriesTest {
    private static final int CLIENTS = 10;
    private static final long OPERATIONS = Long.getLong("conclave.histories.operations", 20_000);
    private static final int FAULTS_LEAST = 6;
    private static final long SEED = Long.getLong("conclave.seed", new Random().nextLong());
    private static final Duration SESSION = Duration.ofSeconds(4);
    private static final Duration LIVENESS = Duration.ofSeconds(30);

    private final List<HistoryClient> clients = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private MemberServers servers;

    @AfterEach
    void stop() throws InterruptedException {
        clients.forEach(HistoryClient::end);
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(20));
        }
        if (servers != null) {
            servers.close();
        }
    }

    @Test
    void whatClientsAreToldIsLinearizable() throws Exception {
        System.out.println("ReplicatedHistoriesTest: -Dconclave.seed=" + SEED);
        servers = MemberServers.three();
        String url = servers.url("/histories", SESSION);
        makeCounters(url);
        Recorder recorder = Recorder.inMemory();
        AtomicLong done = new AtomicLong();
        for (int i = 0; i < CLIENTS; i++) {
            HistoryClient client = new HistoryClient("c" + i, url, recorder, SEED + i, done);
            Thread thread = new Thread(client, "client-" + i);
            clients.add(client);
            threads.add(thread);
            thread.start();
        }
        MemberFaults faults = new MemberFaults(servers, SEED);
        long start = System.nanoTime();
        while (recorder.history().size() < OPERATIONS || faults.noted().size() < FAULTS_LEAST) {
            faults.next();
            long before = done.get();
            Await.until(() -> done.get() >= before + 5 * CLIENTS, LIVENESS, "operations go on after " + last(faults));
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        awaitEverybody(done);
        clients.forEach(HistoryClient::end);
        for (Thread thread : threads) {
            thread.join(LIVENESS.toMillis());
            assertThat(thread.isAlive()).as(thread.getName() + " has ended").isFalse();
        }
        clients.forEach(
                client -> assertThat(client.failure()).as("failure of a client").isNull());
        judge(recorder.history(), faults, seconds);
    }

    private static String last(MemberFaults faults) {
        return faults.noted().get(faults.noted().size() - 1);
    }

    private static void makeCounters(String url) throws InterruptedException {
        try (Conclave conclave = Conclave.connect(url)) {
            for (int i = 0; i < HistoryClient.COUNTERS; i++) {
                conclave.nodes().set("/c" + i, HistoryClient.bytes("0"));
            }
        }
    }

    /** The faults are over: all members serve, and every client gets on. */
    private void awaitEverybody(AtomicLong done) throws InterruptedException {
        for (int i = 0; i < servers.count(); i++) {
            servers.awaitServing(i);
        }
        long before = done.get();
        Await.until(() -> done.get() >= before + 20 * CLIENTS, LIVENESS, "operations go on when all faults are over");
    }

    private static void judge(History history, MemberFaults faults, double seconds) throws Exception {
        Map<String, List<History>> byKind = new TreeMap<>();
        history.byKey()
                .forEach((key, part) -> byKind.computeIfAbsent(key.substring(1, 2), kind -> new ArrayList<>())
                        .add(part));
        List<Verdict> verdicts = List.of(
                check(Models.casRegister(), byKind.get("r")),
                check(Models.counter(), byKind.get("c")),
                check(Models.fencedLock(), byKind.get("l")),
                TokenCheck.check(History.merged(byKind.get("l"))));
        Figures.print(
                "ReplicatedHistoriesTest",
                "%s in %.1f s by %d clients, %d faults, all linearizable: %s; seed %d",
                history,
                seconds,
                CLIENTS,
                faults.noted().size(),
                verdicts.stream().allMatch(Verdict::isOk),
                SEED);
        for (Verdict verdict : verdicts) {
            if (!verdict.isOk()) {
                Path file = ChildProcess.workDirectory("histories").resolve("history");
                Files.createDirectories(file.getParent());
                history.write(file);
                throw new AssertionError("seed " + SEED + ", history in " + file + ":\n" + verdict + "\nfaults:\n"
                        + String.join("\n", faults.noted()));
            }
        }
        assertThat(history.size()).isGreaterThanOrEqualTo((int) OPERATIONS);
        assertThat(history.count(Outcome.OK)).as("operations that succeeded").isGreaterThan(history.size() / 2L);
    }

    private static <S> Verdict check(Model<S> model, List<History> parts) {
        return LinearizabilityChecker.check(model, History.merged(parts));
    }
}
