package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import io.conclave.Conclave;
import io.conclave.Contender;
import io.conclave.Grant;
import io.conclave.backend.etcd.testing.EtcdServers;
import io.conclave.backend.etcd.testing.GrpcFaultProxy;
import io.conclave.backend.etcd.testing.Traffic;
import io.conclave.it.support.Await;
import io.conclave.it.support.EtcdMetrics;
import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.Figures;
import io.conclave.lock.DistributedLock;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What it costs to hand a lock on in a queue of sessions: requests of all of them, and what the server pushes to all of them. The long version, with 2,000 waiting sessions: {@code
 * -Dconclave.handOver.waiters=2000}.
 */
final class EtcdHandOverTest {
    private static final int LONG = Integer.getInteger("conclave.handOver.waiters", 0);
    private static final int FEW = 16;
    private static final int MEASURED = 40;
    private static final Duration SESSION = Duration.ofMinutes(20);
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration QUIET = Duration.ofMillis(50);
    private static final int CONNECT_AT_ONCE = 8;
    private static final String PATH = "/queue";

    @ParameterizedTest
    @ValueSource(ints = {10, 100})
    @Timeout(60)
    void aHandOverCostsWhatItCostsInAShortQueue(int waiters) throws Exception {
        handOver(waiters);
    }

    @Test
    @Timeout(value = 15, unit = TimeUnit.MINUTES)
    void aLongQueueIsNoDearer() throws Exception {
        assumeTrue(LONG > 0, "only with -Dconclave.handOver.waiters");
        try (EtcdServers servers = EtcdServers.one()) { // too many connections for the proxy: the server counts
            EtcdMetrics metrics = new EtcdMetrics(servers.clientPort(0));
            Counts counts = new Counts(
                    () -> (int) (metrics.sum("grpc_server_started_total", "grpc_method=\"Txn\"")
                            - metrics.sum("grpc_server_started_total", "grpc_method=\"LeaseKeepAlive\"")), // beats
                    () -> metrics.sum("etcd_debugging_mvcc_events_total", ""),
                    false);
            handOver(LONG, "127.0.0.1:" + servers.clientPort(0), counts);
        }
    }

    /**
     * What all sessions together have asked for, and what the server has pushed to them.
     *
     * @param quick whether there is time to wait between two hand-overs: all is to be measured before the waiters' looks for safety, 30 s after they came
     */
    private record Counts(Callable<Integer> requests, Callable<Long> pushes, boolean quick) {}

    private static void handOver(int waiters) throws Exception {
        try (EtcdServers servers = EtcdServers.one();
                GrpcFaultProxy proxy = GrpcFaultProxy.before(servers.clientPort(0))) {
            AtomicInteger asked = new AtomicInteger();
            proxy.traffic().onRequest((method, message) -> {
                if (method.equals(Traffic.TXN) && !isBeat(message)) {
                    asked.incrementAndGet();
                }
            });
            handOver(
                    waiters,
                    proxy.host(),
                    new Counts(asked::get, () -> proxy.traffic().watchEvents(), true));
        }
    }

    private static void handOver(int waiters, String host, Counts counts) throws Exception {
        List<Conclave> sessions = new CopyOnWriteArrayList<>();
        try {
            measure(waiters, host, counts, sessions);
        } finally {
            sessions.parallelStream().forEach(Conclave::close);
        }
    }

    private static void measure(int waiters, String host, Counts counts, List<Conclave> sessions) throws Exception {
        List<CompletableFuture<Grant>> queue = queue(waiters + 1, host, sessions, counts);
        Grant held = queue.get(0).get(10, TimeUnit.SECONDS);
        int measured = Math.min(MEASURED, waiters);
        int mostRequests = 0;
        int mostBehindFew = 0;
        long mostPushes = 0;
        for (int i = 1; i <= measured; i++) {
            int before = counts.requests().call();
            long pushed = counts.pushes().call();
            held.release();
            held = queue.get(i).get(10, TimeUnit.SECONDS);
            if (counts.quick()) {
                awaitQuiet(counts); // else what the others hear of it would be counted for the next one
            }
            int requests = counts.requests().call() - before - 1; // the release is the holder's
            mostRequests = Math.max(mostRequests, requests);
            mostBehindFew = i <= FEW ? Math.max(mostBehindFew, requests) : mostBehindFew;
            mostPushes = Math.max(mostPushes, counts.pushes().call() - pushed);
        }
        Figures.print(
                "EtcdHandOverTest",
                "%d waiting sessions, %d hand-overs: at most %d requests by the next holder (%d by those that queued behind %d at most), at most %d events pushed",
                waiters,
                measured,
                mostRequests,
                mostBehindFew,
                FEW,
                mostPushes);
        assertThat(mostBehindFew).isZero();
        assertThat(mostRequests).isLessThanOrEqualTo(1);
        assertThat(mostPushes).isLessThanOrEqualTo(FEW + 2);
    }

    /** Waits until nothing is asked for and nothing pushed any more. */
    private static void awaitQuiet(Counts counts) throws InterruptedException {
        Await.until(
                () -> {
                    int requests = counts.requests().call();
                    long pushes = counts.pushes().call();
                    Await.pause(QUIET.toNanos());
                    return requests == counts.requests().call()
                            && pushes == counts.pushes().call();
                },
                LIMIT.multipliedBy(3),
                "nothing is asked for or pushed any more");
    }

    /** Each from a session of its own, many at a time; in the order in which the server has them. */
    private static List<CompletableFuture<Grant>> queue(int length, String host, List<Conclave> sessions, Counts counts)
            throws Exception {
        Map<String, CompletableFuture<Grant>> waiting = new ConcurrentHashMap<>();
        ExecutorService threads = Executors.newFixedThreadPool(CONNECT_AT_ONCE);
        try {
            List<Future<Boolean>> connecting = new ArrayList<>();
            for (int i = 0; i < length; i++) {
                String owner = "session-" + i;
                connecting.add(threads.submit(() -> {
                    Conclave session = Conclave.builder(EtcdProcesses.url(host, "/handover", SESSION))
                            .owner(owner)
                            .connect();
                    waiting.put(owner, DistributedLock.of(session, PATH).acquireAsync());
                    return sessions.add(session);
                }));
            }
            for (Future<Boolean> one : connecting) {
                assertThat(one.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
        Conclave first = sessions.get(0);
        Await.until(() -> first.nodes().children(PATH).size() == length, LIMIT, "all contenders stand");
        List<CompletableFuture<Grant>> queue = new ArrayList<>();
        for (Contender contender : DistributedLock.of(first, PATH).queue().contenders()) {
            queue.add(Objects.requireNonNull(waiting.get(contender.owner()), contender.owner()));
        }
        awaitQuiet(counts);
        return queue;
    }

    /** A renewal's look at the session's own key. */
    private static boolean isBeat(byte[] message) {
        try {
            List<RequestOp> operations = TxnRequest.parseFrom(message).getSuccessList();
            return operations.size() == 1
                    && operations.get(0).hasRequestRange()
                    && operations
                            .get(0)
                            .getRequestRange()
                            .getKey()
                            .toStringUtf8()
                            .contains("/.conclave/sessions/");
        } catch (InvalidProtocolBufferException notEtcd) {
            throw new IllegalArgumentException(notEtcd);
        }
    }
}
