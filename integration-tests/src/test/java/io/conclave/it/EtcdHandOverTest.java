package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.backend.etcd.testing.EtcdServers;
import io.conclave.backend.etcd.testing.GrpcFaultProxy;
import io.conclave.backend.etcd.testing.Traffic;
import io.conclave.it.support.Await;
import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.Figures;
import io.conclave.lock.DistributedLock;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
        handOver(LONG);
    }

    private static void handOver(int waiters) throws Exception {
        try (EtcdServers servers = EtcdServers.one();
                GrpcFaultProxy proxy = GrpcFaultProxy.before(servers.clientPort(0))) {
            List<Conclave> sessions = new ArrayList<>();
            try {
                measure(waiters, proxy, sessions);
            } finally {
                sessions.parallelStream().forEach(Conclave::close);
            }
        }
    }

    private static void measure(int waiters, GrpcFaultProxy proxy, List<Conclave> sessions) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        proxy.traffic().onRequest((method, message) -> {
            if (method.equals(Traffic.TXN) && !isBeat(message)) {
                asked.incrementAndGet();
            }
        });
        List<CompletableFuture<Grant>> queue = queue(waiters + 1, proxy, sessions);
        Grant held = queue.get(0).get(10, TimeUnit.SECONDS);
        int measured = Math.min(MEASURED, waiters);
        int mostRequests = 0;
        int mostBehindFew = 0;
        long mostPushes = 0;
        for (int i = 1; i <= measured; i++) {
            int before = asked.get();
            long pushed = proxy.traffic().watchEvents();
            held.release();
            held = queue.get(i).get(10, TimeUnit.SECONDS);
            int requests = asked.get() - before - 1; // the release is the holder's
            mostRequests = Math.max(mostRequests, requests);
            mostBehindFew = i <= FEW ? Math.max(mostBehindFew, requests) : mostBehindFew;
            mostPushes = Math.max(mostPushes, proxy.traffic().watchEvents() - pushed);
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

    /** Each from a session of its own, and in this order. */
    private static List<CompletableFuture<Grant>> queue(int length, GrpcFaultProxy proxy, List<Conclave> sessions)
            throws InterruptedException {
        List<CompletableFuture<Grant>> queue = new ArrayList<>();
        for (int i = 1; i <= length; i++) {
            Conclave session = Conclave.connect(EtcdProcesses.url(proxy.host(), "/handover", SESSION));
            sessions.add(session);
            DistributedLock lock = DistributedLock.of(session, PATH);
            int expected = i;
            queue.add(lock.acquireAsync());
            Await.until(() -> lock.queue().contenders().size() == expected, LIMIT, "the contender stands");
        }
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
