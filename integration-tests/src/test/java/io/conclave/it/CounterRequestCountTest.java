package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.barrier.DistributedBarrier;
import io.conclave.barrier.DistributedCountDownLatch;
import io.conclave.counter.DistributedCounter;
import io.conclave.counter.SharedValue;
import io.conclave.counter.VersionedValue;
import io.conclave.it.support.FaultProxy;
import io.conclave.it.support.Figures;
import io.conclave.it.support.Request;
import io.conclave.it.support.ZooKeeperServers;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What counters, values and gates cost a ZooKeeper server: exact numbers of requests, pings and beats left out. */
@Timeout(60)
final class CounterRequestCountTest {
    private static final String BEAT = "/.conclave/beat/none";

    private ZooKeeperServers servers;
    private FaultProxy proxy;
    private Conclave conclave;

    @BeforeEach
    void start() throws Exception {
        servers = ZooKeeperServers.one();
        proxy = FaultProxy.before(servers.port(0));
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

    /** A call that may be interrupted. */
    private interface Call {
        void run() throws Exception;
    }

    private long requestsOf(Call call) throws Exception {
        proxy.startRecording();
        call.run();
        return proxy.recorded().requests(CounterRequestCountTest::counts);
    }

    @Test
    void aChangeWithoutRivalsIsOneRequest() throws Exception {
        DistributedCounter counter = DistributedCounter.of(conclave, "/counts/counter");
        counter.increment();
        long packets = servers.packetsReceived(0);
        long increments = requestsOf(() -> {
            for (int i = 0; i < 10; i++) {
                counter.increment();
            }
        });
        long byServer = servers.packetsReceived(0) - packets;
        SharedValue<String> value = SharedValue.of(conclave, "/counts/value", Codec.utf8());
        VersionedValue<String> now = value.set("a");
        long trying = requestsOf(() -> value.trySet(now.version(), "b"));
        DistributedCountDownLatch latch = DistributedCountDownLatch.of(conclave, "/counts/latch", 3);
        latch.countDown();
        long counting = requestsOf(latch::countDown);
        DistributedBarrier gate = DistributedBarrier.of(conclave, "/counts/gate");
        gate.await();
        long passing = requestsOf(gate::await);

        Figures.print(
                "counters and values on ZooKeeper",
                "10 increments %d requests (the server counted %d packets), trySet %d, countDown %d, await of an open gate %d",
                increments,
                byServer,
                trying,
                counting,
                passing);
        assertThat(increments).isEqualTo(10);
        assertThat(byServer).isBetween(10L, 14L); // with pings of the client library
        assertThat(trying).isEqualTo(1);
        assertThat(counting).isEqualTo(1);
        assertThat(passing).isEqualTo(1);
    }
}
