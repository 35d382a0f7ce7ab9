package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.it.support.ChildJvm;
import io.conclave.it.support.ChildProcess;
import io.conclave.it.support.Figures;
import io.conclave.it.support.ZooKeeperServers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Two processes with Conclave and two with Apache Curator 5.9 on one lock path never overlap, both ways round, also when a holder of either kind is killed.
 *
 * <p>{@code -Dconclave.interop.grants=1000} sets how many grants each of the four takes (default 150).
 */
@Timeout(600)
final class CuratorInteropTest {
    private static final int GRANTS = Integer.getInteger("conclave.interop.grants", 150);
    private static final Duration RUN_LIMIT = Duration.ofSeconds(60 + GRANTS / 2);
    private static final String LOCK = "/interop/lock";

    private final List<ChildJvm> started = new ArrayList<>();
    private ZooKeeperServers servers;
    private Path witness;

    @AfterEach
    void stop() {
        started.forEach(ChildJvm::close);
        if (servers != null) {
            servers.close();
        }
    }

    @Test
    void mutualExclusionWithCuratorOnOnePath() throws Exception {
        servers = ZooKeeperServers.one();
        witness = ChildProcess.workDirectory("interop");
        Files.createDirectories(witness.getParent());
        Files.write(witness, new byte[Long.BYTES]);
        long start = System.nanoTime();
        ChildJvm curator = worker("curator", GRANTS);
        ChildJvm conclave = worker("conclave", GRANTS);
        ChildJvm secondCurator = worker("curator", GRANTS);
        ChildJvm secondConclave = worker("conclave", GRANTS);
        curator.send("hold");
        for (ChildJvm worker : List.of(curator, conclave, secondCurator, secondConclave)) {
            go(worker);
        }

        int curatorDone = killHolder(curator);
        Duration afterCurator = awaitGrantOf(conclave);
        conclave.send("hold");
        ChildJvm nextCurator = worker("curator", GRANTS - curatorDone);
        go(nextCurator);
        int conclaveDone = killHolder(conclave);
        Duration afterConclave = awaitGrantOf(secondCurator);
        ChildJvm nextConclave = worker("conclave", GRANTS - conclaveDone);
        go(nextConclave);

        for (ChildJvm worker : List.of(secondCurator, secondConclave, nextCurator, nextConclave)) {
            worker.awaitExitCode(0, RUN_LIMIT);
        }
        long counted = ByteBuffer.wrap(Files.readAllBytes(witness)).getLong();
        Figures.print(
                "CuratorInteropTest",
                "4 x %d grants in %.1f s, 0 overlaps, 2 holders killed; next grant %d ms after Curator's, %d ms after Conclave's end",
                GRANTS,
                (System.nanoTime() - start) / 1e9,
                afterCurator.toMillis(),
                afterConclave.toMillis());
        assertThat(counted).as("no raise of the counter was lost").isEqualTo(4L * GRANTS);
    }

    private ChildJvm worker(String kind, int grants) throws IOException {
        ChildJvm worker = ChildJvm.start(
                kind + "-" + started.size(),
                InteropWorker.class,
                kind,
                servers.hosts(),
                LOCK,
                witness.toString(),
                Integer.toString(grants));
        started.add(worker);
        return worker;
    }

    private static void go(ChildJvm worker) throws Exception {
        worker.awaitLine("READY", ChildJvm.patience());
        worker.send("go");
    }

    /** Kills the worker while it holds the lock; returns how many grants it has had. */
    private static int killHolder(ChildJvm worker) throws Exception {
        String holding = worker.awaitLine("HOLDING", ChildJvm.patience());
        worker.kill();
        return Integer.parseInt(holding.substring("HOLDING ".length()));
    }

    /** Waits for a grant of this worker that comes from now on. */
    private static Duration awaitGrantOf(ChildJvm worker) throws InterruptedException {
        long start = System.nanoTime();
        int seen = worker.lines().size();
        worker.awaitLine(
                seen, line -> line.startsWith("GRANT") || line.startsWith("DONE"), ChildJvm.patience(), "a grant");
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
