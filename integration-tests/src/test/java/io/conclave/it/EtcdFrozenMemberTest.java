package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.ConclaveException;
import io.conclave.Grant;
import io.conclave.it.support.Await;
import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.Figures;
import io.conclave.it.support.SchedulingProbe;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * One of three servers is frozen while clients of all servers hold grants and write: no call outlasts its deadline, no session and no grant is lost. {@code -Dconclave.frozen.session=10} is the
 * session time-out in seconds (default 4).
 */
@Timeout(120)
final class EtcdFrozenMemberTest {
    private static final Duration SESSION = Duration.ofSeconds(Integer.getInteger("conclave.frozen.session", 4));
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final int CLIENTS = 6;

    private final AtomicLong longest = new AtomicLong();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private volatile boolean over;

    /** Which server, and for how long: a leader of 3.4.23 that wakes up after leases ran out by its own books revokes them (etcd issue 15247). */
    enum Who {
        FOLLOWER(SESSION.multipliedBy(5).dividedBy(4)),
        LEADER(SESSION.dividedBy(2));

        private final Duration freeze;

        Who(Duration freeze) {
            this.freeze = freeze;
        }
    }

    @ParameterizedTest
    @EnumSource
    void callsKeepTheirDeadlinesAndSessionsLive(Who who) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        List<Conclave> clients = new ArrayList<>();
        List<Grant> grants = new ArrayList<>();
        List<Future<?>> work = new ArrayList<>();
        try (EtcdProcesses servers = EtcdProcesses.three();
                SchedulingProbe probe = new SchedulingProbe()) {
            try {
                for (int i = 0; i < CLIENTS; i++) {
                    Conclave client = Conclave.builder(servers.url("/frozen", SESSION))
                            .callTimeout(CALL_TIMEOUT)
                            .connect();
                    clients.add(client);
                    grants.add(DistributedLock.of(client, "/lock-" + i).acquire(WAIT));
                    String path = "/written-" + i;
                    work.add(threads.submit(() -> write(client, path)));
                }
                List<String> sessions = sessions(clients);
                int frozen = who == Who.LEADER ? servers.leader() : servers.follower();
                servers.pause(frozen);
                Await.pause(who.freeze.toNanos());
                assertThat(grants)
                        .allSatisfy(grant -> assertThat(grant.isValid()).isTrue());
                servers.resume(frozen);
                servers.awaitServing(frozen);
                over = true;
                for (Future<?> one : work) {
                    one.get();
                }
                Figures.print(
                        "EtcdFrozenMemberTest." + who,
                        "session %d s, frozen for %d ms: longest of %d calls %.0f ms (deadline %d ms), %d failed, worst scheduling delay %.0f ms",
                        SESSION.toSeconds(),
                        who.freeze.toMillis(),
                        calls.get(),
                        longest.get() / 1e6,
                        CALL_TIMEOUT.toMillis(),
                        failures.get(),
                        probe.worst().toNanos() / 1e6);
                assertThat(Duration.ofNanos(longest.get())).isLessThan(CALL_TIMEOUT.plus(probe.tolerance()));
                assertThat(sessions(clients)).isEqualTo(sessions);
                for (Grant grant : grants) {
                    grant.release();
                }
            } finally {
                over = true;
                threads.shutdown();
                clients.forEach(Conclave::close);
            }
        }
    }

    private static List<String> sessions(List<Conclave> clients) {
        return clients.stream().map(client -> client.health().sessionId()).toList();
    }

    private Void write(Conclave client, String path) throws InterruptedException {
        while (!over) {
            long start = System.nanoTime();
            try {
                client.nodes().set(path, new byte[] {1});
            } catch (ConclaveException failed) {
                failures.incrementAndGet();
            }
            longest.accumulateAndGet(System.nanoTime() - start, Math::max);
            calls.incrementAndGet();
            Await.pause(1_000_000);
        }
        return null;
    }
}
