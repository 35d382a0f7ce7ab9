package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.backend.etcd.testing.EtcdServers;
import io.conclave.backend.etcd.testing.GrpcFaultProxy;
import io.conclave.backend.etcd.testing.Traffic;
import io.conclave.counter.DistributedCounter;
import io.conclave.counter.SharedValue;
import io.conclave.counter.VersionedValue;
import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.Figures;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What counters and values cost an etcd server: exact numbers of requests. Sessions are so long that no renewal comes in between. */
@Timeout(60)
final class EtcdCounterRequestCountTest {
    private EtcdServers servers;
    private GrpcFaultProxy proxy;
    private Conclave conclave;

    @BeforeEach
    void start() {
        servers = EtcdServers.one();
        proxy = GrpcFaultProxy.before(servers.clientPort(0));
        conclave = Conclave.connect(EtcdProcesses.url(proxy.host(), "/counts", Duration.ofMinutes(2)));
    }

    @AfterEach
    void stop() {
        conclave.close();
        proxy.close();
        servers.close();
    }

    @Test
    void aChangeWithoutRivalsIsOneTransaction() throws Exception {
        DistributedCounter counter = DistributedCounter.of(conclave, "/counter");
        SharedValue<String> value = SharedValue.of(conclave, "/value", Codec.utf8());
        counter.increment();
        VersionedValue<String> now = value.set("a");
        long transactions = proxy.traffic().requests(Traffic.TXN);
        long requests = proxy.traffic().requests();
        for (int i = 0; i < 10; i++) {
            counter.increment();
        }
        assertThat(value.trySet(now.version(), "b")).isPresent();

        long spentTransactions = proxy.traffic().requests(Traffic.TXN) - transactions;
        long spentRequests = proxy.traffic().requests() - requests;
        Figures.print(
                "counters and values on etcd",
                "10 increments and a trySet: %d transactions, %d requests",
                spentTransactions,
                spentRequests);
        assertThat(spentTransactions).isEqualTo(11);
        assertThat(spentRequests).isEqualTo(11);
    }
}
