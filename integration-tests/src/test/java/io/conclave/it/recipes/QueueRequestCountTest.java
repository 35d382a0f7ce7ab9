package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.it.support.FaultProxy;
import io.conclave.it.support.Figures;
import io.conclave.it.support.Request;
import io.conclave.it.support.Traffic;
import io.conclave.it.support.ZooKeeperServers;
import io.conclave.queue.Claim;
import io.conclave.queue.DistributedQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an item costs a ZooKeeper server from its put to its completion, by the server's own count, pings and beats left out (issue 5, bar 2). */
@Timeout(90)
final class QueueRequestCountTest {
    private static final Duration SESSION = Duration.ofSeconds(30);
    private static final String BEAT = "/.conclave/beat/none";
    private static final String PATH = "/counts/queue";
    private static final int ITEMS = 320;

    private ZooKeeperServers servers;
    private FaultProxy proxy;
    private final List<Conclave> clients = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        servers = ZooKeeperServers.one();
        proxy = FaultProxy.before(servers.port(0));
    }

    @AfterEach
    void stop() {
        clients.forEach(Conclave::close);
        proxy.close();
        servers.close();
    }

    private DistributedQueue<String> client() {
        Conclave client = Conclave.connect(ZooKeeperServers.url(proxy.host(), "", SESSION));
        clients.add(client);
        return DistributedQueue.of(client, PATH, Codec.utf8());
    }

    private static boolean counts(Request request) {
        return !request.isHousekeeping() && !request.touches(BEAT::equals);
    }

    @Test
    void anItemTakesAtMostFourRequestsWithOneConsumer() throws Exception {
        measure(1);
    }

    @Test
    void anItemTakesAtMostFourRequestsWithFourConsumers() throws Exception {
        measure(4);
    }

    private void measure(int count) throws Exception {
        DistributedQueue<String> producer = client();
        List<DistributedQueue<String>> consumers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            DistributedQueue<String> consumer = client();
            producer.put("warm-up");
            consumer.take().complete();
            consumers.add(consumer);
        }
        long before = servers.packetsReceived(0);
        proxy.startRecording();
        for (int i = 0; i < ITEMS; i++) {
            producer.put("item" + i);
        }
        CountDownLatch done = new CountDownLatch(ITEMS);
        List<Thread> threads = new ArrayList<>();
        for (DistributedQueue<String> consumer : consumers) {
            Thread thread = new Thread(() -> consume(consumer, done), "consumer");
            thread.start();
            threads.add(thread);
        }
        assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        Traffic traffic = proxy.recorded();
        long packets = servers.packetsReceived(0) - before;
        for (Thread thread : threads) {
            thread.interrupt();
            thread.join();
        }
        long others = traffic.requests(request -> !counts(request));
        double perItem = (packets - others) / (double) ITEMS;
        Figures.print(
                "queue item with " + count + " consumers",
                "%.2f requests from put to complete (%d items, server counted %d packets, %d of them pings and beats)",
                perItem,
                ITEMS,
                packets,
                others);
        assertThat(perItem).isLessThanOrEqualTo(4.0).isGreaterThanOrEqualTo(3.0);
    }

    private static void consume(DistributedQueue<String> consumer, CountDownLatch done) {
        try {
            while (true) {
                Claim<String> claim = consumer.take();
                assertThat(claim.delivery()).isEqualTo(1);
                claim.complete();
                done.countDown();
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }
}
