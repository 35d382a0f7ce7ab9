package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.it.support.FaultProxy;
import io.conclave.it.support.Figures;
import io.conclave.it.support.Request;
import io.conclave.it.support.Traffic;
import io.conclave.it.support.ZooKeeperServers;
import io.conclave.leader.LeaderLatch;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What recipes cost a ZooKeeper server: exact numbers of requests, the client library's pings and our own beats left out. */
@Timeout(60)
final class RequestCountTest {
    private static final Duration WAIT = Duration.ofSeconds(20);
    private static final String BEAT = "/.conclave/beat/none";

    private ZooKeeperServers servers;
    private FaultProxy proxy;
    private Conclave conclave;

    @BeforeEach
    void start() throws Exception {
        servers = ZooKeeperServers.one();
        proxy = FaultProxy.before(servers.port(0));
        proxy.delay(Duration.ofMillis(5));
        conclave = Conclave.connect(ZooKeeperServers.url(proxy.host(), "", Duration.ofSeconds(30)));
    }

    @AfterEach
    void stop() {
        conclave.close();
        proxy.close();
        servers.close();
    }

    private static boolean counts(Request request) {
        return !request.isHousekeeping() && !request.touches(BEAT::equals);
    }

    @Test
    void anUncontendedAcquireIsTwoRequestsInOneRoundTripAndAReleaseIsOne() throws Exception {
        DistributedLock lock = DistributedLock.of(conclave, "/counts/lock");
        lock.acquire(WAIT).close();

        proxy.startRecording();
        Grant grant = lock.acquire(WAIT);
        Traffic acquire = proxy.recorded();
        proxy.startRecording();
        grant.release();
        Traffic release = proxy.recorded();

        Figures.print(
                "uncontended lock",
                "acquire %d requests in %d round trips, release %d request",
                acquire.requests(RequestCountTest::counts),
                acquire.rounds(RequestCountTest::counts),
                release.requests(RequestCountTest::counts));
        assertThat(acquire.requests(RequestCountTest::counts)).isEqualTo(2);
        assertThat(acquire.rounds(RequestCountTest::counts)).isEqualTo(1);
        assertThat(release.requests(RequestCountTest::counts)).isEqualTo(1);
    }

    @Test
    void theFirstAcquireOnANewThreeLevelPathTakesAtMostSixRequests() throws Exception {
        proxy.startRecording();
        Grant grant = DistributedLock.of(conclave, "/new/three/levels").acquire(WAIT);
        Traffic traffic = proxy.recorded();
        grant.close();

        Figures.print("first acquire on a new path", "%d requests", traffic.requests(RequestCountTest::counts));
        assertThat(traffic.requests(RequestCountTest::counts)).isBetween(3L, 6L);
    }

    @Test
    void thirtyTwoThreadsOnOneLockTakeAtMostFourRequestsAGrantByTheServersOwnCount() throws Exception {
        proxy.delay(Duration.ZERO);
        DistributedLock lock = DistributedLock.of(conclave, "/counts/busy");
        lock.acquire(WAIT).close();
        int threads = 32;
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        CountDownLatch ready = new CountDownLatch(threads);
        int[] inside = new int[1];
        long before = servers.packetsReceived(0);
        proxy.startRecording();
        var work = IntStream.range(0, threads)
                .mapToObj(i -> (Future<?>) pool.submit(() -> {
                    ready.countDown();
                    ready.await();
                    try (Grant grant = lock.acquire(WAIT)) {
                        grant.requireValid();
                        inside[0]++;
                    }
                    return null;
                }))
                .toList();
        for (Future<?> one : work) {
            one.get();
        }
        Traffic traffic = proxy.recorded();
        long packets = servers.packetsReceived(0) - before;
        pool.shutdown();

        long others = traffic.requests(request -> !counts(request));
        long perServer = packets - others;
        Figures.print(
                "32 threads on one lock",
                "%.2f requests a grant (server counted %d packets, %d of them pings and beats)",
                perServer / (double) threads,
                packets,
                others);
        assertThat(inside[0]).isEqualTo(threads);
        assertThat(perServer).isLessThanOrEqualTo(4L * threads).isGreaterThanOrEqualTo(3L * threads);
        assertThat(traffic.requests(RequestCountTest::counts)).isLessThanOrEqualTo(4L * threads);
    }

    @Test
    void aLeaderStartsWithAtMostThreeRequests() throws Exception {
        DistributedLock.of(conclave, "/leaders/warm-up").acquire(WAIT).close();
        try (LeaderLatch first = LeaderLatch.of(conclave, "/leaders/first", "warm-up")) {
            first.start();
            first.await(WAIT);
        }
        proxy.startRecording();
        try (LeaderLatch latch = LeaderLatch.of(conclave, "/leaders/first", "node-1")) {
            latch.start();
            latch.await(WAIT);
            Traffic traffic = proxy.recorded();
            Figures.print("leader start", "%d requests", traffic.requests(RequestCountTest::counts));
            assertThat(traffic.requests(RequestCountTest::counts)).isLessThanOrEqualTo(3);
        }
    }
}
