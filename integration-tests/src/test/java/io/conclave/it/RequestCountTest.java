package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.it.support.Await;
import io.conclave.it.support.FaultProxy;
import io.conclave.it.support.Figures;
import io.conclave.it.support.Request;
import io.conclave.it.support.Traffic;
import io.conclave.it.support.ZooKeeperServers;
import io.conclave.leader.LeaderLatch;
import io.conclave.lock.DistributedLock;
import io.conclave.lock.DistributedReadWriteLock;
import io.conclave.semaphore.DistributedSemaphore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
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
    void permitsOfAnyNumberAreTwoRequestsInOneRoundTripAndAReleaseIsOne() throws Exception {
        DistributedSemaphore semaphore = DistributedSemaphore.of(conclave, "/counts/permits", 4);
        semaphore.acquire(WAIT).close();
        for (int permits : new int[] {1, 4}) {
            proxy.startRecording();
            Grant grant = semaphore.acquire(permits, WAIT);
            Traffic acquire = proxy.recorded();
            proxy.startRecording();
            grant.release();
            Traffic release = proxy.recorded();

            Figures.print(
                    "semaphore acquire(" + permits + ")",
                    "%d requests in %d round trips, release %d request",
                    acquire.requests(RequestCountTest::counts),
                    acquire.rounds(RequestCountTest::counts),
                    release.requests(RequestCountTest::counts));
            assertThat(acquire.requests(RequestCountTest::counts)).isEqualTo(2);
            assertThat(acquire.rounds(RequestCountTest::counts)).isEqualTo(1);
            assertThat(release.requests(RequestCountTest::counts)).isEqualTo(1);
        }
    }

    /** Those who wait send nothing; a hand-over costs the same whether three or twelve wait. */
    @Test
    void waitersForPermitsSendNothingAndAHandOverWakesNoHerd() throws Exception {
        proxy.delay(Duration.ZERO);
        List<Conclave> clients = new ArrayList<>();
        List<Long> costs = new ArrayList<>();
        for (int count : new int[] {3, 12}) {
            String path = "/counts/queue" + count;
            Grant all = DistributedSemaphore.of(conclave, path, 2).acquire(2, WAIT);
            List<CompletableFuture<? extends Grant>> waiting = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Conclave client = Conclave.connect(ZooKeeperServers.url(proxy.host(), "", Duration.ofSeconds(30)));
                clients.add(client);
                waiting.add(DistributedSemaphore.of(client, path, 2).acquireAsync(i < 2 ? 1 : 2));
                int standing = i + 2;
                Await.until(() -> conclave.nodes().children(path).size() == standing, WAIT, "number " + i + " waits");
            }
            awaitQuiet();
            proxy.startRecording();
            all.release();
            waiting.get(0).get(WAIT.toSeconds(), TimeUnit.SECONDS);
            waiting.get(1).get(WAIT.toSeconds(), TimeUnit.SECONDS);
            awaitQuiet();
            costs.add(proxy.recorded().requests(RequestCountTest::counts));
            assertThat(waiting.get(2)).isNotDone();
        }
        clients.forEach(Conclave::close);
        Figures.print("two of 3 and of 12 waiters for permits", "%s requests", costs);
        assertThat(costs.get(1))
                .as("timing may join looks, a herd would add nine of them")
                .isLessThanOrEqualTo(costs.get(0) + 5)
                .isLessThanOrEqualTo(24);
    }

    /** Each of those who wait is woken once, and asks once. */
    @Test
    void sixWritersAndTwentyReadersDrainInAtMostEightyRequestsByTheServersOwnCount() throws Exception {
        proxy.delay(Duration.ZERO);
        List<Conclave> clients = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            clients.add(Conclave.connect(ZooKeeperServers.url(proxy.host(), "", Duration.ofSeconds(30))));
        }
        List<DistributedReadWriteLock> locks = clients.stream()
                .map(client -> DistributedReadWriteLock.of(client, "/counts/rw"))
                .toList();
        Grant writer = locks.get(0).writeLock().acquire(WAIT);
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            DistributedReadWriteLock lock = locks.get(i % 3);
            DistributedLock side = i < 5 ? lock.writeLock() : lock.readLock();
            waiting.add(side.acquireAsync().thenAccept(Grant::releaseAsync));
            int standing = i + 2;
            Await.until(
                    () -> conclave.nodes().children("/counts/rw").size() == standing, WAIT, "number " + i + " waits");
        }
        awaitQuiet();
        long before = servers.packetsReceived(0);
        proxy.startRecording();

        writer.release();
        for (CompletableFuture<Void> one : waiting) {
            one.get(WAIT.toSeconds(), TimeUnit.SECONDS);
        }
        awaitQuiet();
        Traffic traffic = proxy.recorded();
        long packets = servers.packetsReceived(0) - before;

        long drained = traffic.requests(RequestCountTest::counts);
        long byServer = packets - traffic.requests(request -> !counts(request));
        Figures.print(
                "1 + 5 writers, then 20 readers",
                "%d requests from the moment all wait (the server counted %d)",
                drained,
                byServer);
        clients.forEach(Conclave::close);
        assertThat(drained).isBetween(40L, 80L);
        assertThat(byServer).isLessThanOrEqualTo(80);
    }

    /** Until the requests that are on their way have come through. */
    private void awaitQuiet() throws Exception {
        long[] last = {-1};
        Await.until(
                () -> {
                    Await.pause(TimeUnit.MILLISECONDS.toNanos(100));
                    long now = servers.packetsReceived(0);
                    boolean quiet = now == last[0];
                    last[0] = now;
                    return quiet;
                },
                WAIT,
                "no more requests come");
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
