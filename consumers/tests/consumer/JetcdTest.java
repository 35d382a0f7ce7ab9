package consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.lock.DistributedLock;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.kv.GetResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** jetcd's own client in the process that has both backends. */
@Timeout(180)
class JetcdTest {
    private static final Duration WAIT = Duration.ofSeconds(60);

    @Test
    void jetcdWritesWhileConclaveHoldsOnBothStores() throws Exception {
        ByteSequence key = ByteSequence.from("/jetcd", StandardCharsets.UTF_8);
        ByteSequence value = ByteSequence.from("written", StandardCharsets.UTF_8);
        try (EtcdProcess etcdServer = new EtcdProcess();
                ZooKeeperInProcess zooKeeperServer = new ZooKeeperInProcess();
                Conclave zooKeeper = connect(zooKeeperServer.url());
                Conclave etcd = connect(etcdServer.url());
                Client jetcd = Client.builder()
                        .endpoints("http://" + etcdServer.address())
                        .build();
                Grant here = DistributedLock.of(zooKeeper, "/lock").acquire(WAIT);
                Grant there = DistributedLock.of(etcd, "/lock").acquire(WAIT)) {
            KV keys = jetcd.getKVClient();
            keys.put(key, value).get(WAIT.toSeconds(), TimeUnit.SECONDS);
            GetResponse got = keys.get(key).get(WAIT.toSeconds(), TimeUnit.SECONDS);
            assertEquals(value, got.getKvs().get(0).getValue());
            assertTrue(here.isValid() && there.isValid());
        }
    }

    private static Conclave connect(String url) {
        return Conclave.builder(url).connectTimeout(WAIT).connect();
    }
}
