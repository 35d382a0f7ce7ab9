package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Acquirable;
import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.backend.etcd.testing.EtcdServers;
import io.conclave.backend.etcd.testing.GrpcFaultProxy;
import io.conclave.backend.etcd.testing.Traffic;
import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.Figures;
import io.conclave.leader.LeaderLatch;
import io.conclave.lock.DistributedLock;
import io.conclave.lock.DistributedReadWriteLock;
import io.conclave.semaphore.DistributedSemaphore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What recipes cost an etcd server: exact numbers of requests. Sessions are so long that no renewal comes in between. */
@Timeout(60)
final class EtcdRequestCountTest {
    private static final Duration SESSION = Duration.ofMinutes(2);
    private static final Duration WAIT = Duration.ofSeconds(15);

    private EtcdServers servers;
    private GrpcFaultProxy proxy;
    private Conclave conclave;

    @BeforeEach
    void start() {
        servers = EtcdServers.one();
        proxy = GrpcFaultProxy.before(servers.clientPort(0));
        conclave = Conclave.connect(EtcdProcesses.url(proxy.host(), "/counts", SESSION));
    }

    @AfterEach
    void stop() {
        conclave.close();
        proxy.close();
        servers.close();
    }

    /** What has been sent since: transactions, and requests of any kind. */
    private record Count(long transactions, long requests) {
        static Count of(Traffic traffic) {
            return new Count(traffic.requests(Traffic.TXN), traffic.requests());
        }

        Count since(Count before) {
            return new Count(transactions - before.transactions, requests - before.requests);
        }
    }

    private Count now() {
        return Count.of(proxy.traffic());
    }

    @Test
    void anUncontendedAcquireIsOneTransactionAndSoIsARelease() throws Exception {
        DistributedLock lock = DistributedLock.of(conclave, "/lock");
        Count before = now();
        lock.acquire(WAIT).release();
        Count first = now().since(before);

        before = now();
        Grant grant = lock.acquire(WAIT);
        Count acquire = now().since(before);
        before = now();
        grant.release();
        Count release = now().since(before);

        Figures.print(
                "EtcdRequestCountTest",
                "first acquire on a path and its release %s, acquire %s, release %s",
                first,
                acquire,
                release);
        assertThat(acquire).isEqualTo(new Count(1, 1));
        assertThat(release).isEqualTo(new Count(1, 1));
    }

    @Test
    void readersWritersAndPermitsAreOneTransactionEach() throws Exception {
        DistributedReadWriteLock lock = DistributedReadWriteLock.of(conclave, "/rw");
        DistributedSemaphore semaphore = DistributedSemaphore.of(conclave, "/permits", 4);
        for (Acquirable one : List.of(lock.readLock(), lock.writeLock(), semaphore.permits(1), semaphore.permits(4))) {
            one.acquire(WAIT).release();
            Count before = now();
            Grant grant = one.acquire(WAIT);
            Count acquire = now().since(before);
            before = now();
            grant.release();
            Count release = now().since(before);
            Figures.print("EtcdRequestCountTest", "%s acquire %s, release %s", one, acquire, release);
            assertThat(acquire).isEqualTo(new Count(1, 1));
            assertThat(release).isEqualTo(new Count(1, 1));
        }
    }

    @Test
    void aLeaderStartsWithOneTransaction() throws Exception {
        start("warm-up");
        Count started = start("node-1");
        Figures.print("EtcdRequestCountTest", "leader start %s", started);
        assertThat(started.transactions()).isEqualTo(1);
        assertThat(started.requests()).isLessThanOrEqualTo(3);
    }

    private Count start(String id) throws Exception {
        Count before = now();
        try (LeaderLatch latch = LeaderLatch.of(conclave, "/leader", id)) {
            latch.start();
            latch.await(WAIT);
            return now().since(before);
        }
    }
}
