package consumer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.Grant;
import io.conclave.NodeListener;
import io.conclave.Registration;
import io.conclave.lock.DistributedLock;
import io.conclave.lock.FencedLock;
import io.conclave.spi.WatchSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** ZooKeeper and etcd in one process, as a user's own build puts the class path together. */
@Timeout(180)
class OneProcessTest {
    private static final Duration WAIT = Duration.ofSeconds(60);

    @Test
    void bothStoresServeOneProcess() throws Exception {
        try (EtcdProcess etcdServer = new EtcdProcess();
                ZooKeeperInProcess zooKeeperServer = new ZooKeeperInProcess();
                Conclave zooKeeper = connect(zooKeeperServer.url());
                Conclave etcd = connect(etcdServer.url());
                Grant here = DistributedLock.of(zooKeeper, "/lock").acquire(WAIT);
                Grant there = DistributedLock.of(etcd, "/lock").acquire(WAIT)) {
            assertWritesAreSeen(zooKeeper);
            assertWritesAreSeen(etcd);
            assertTrue(here.isValid() && there.isValid());
            here.release();
            there.release();
        }
    }

    private static Conclave connect(String url) {
        return Conclave.builder(url).connectTimeout(WAIT).connect();
    }

    private static void assertWritesAreSeen(Conclave conclave) throws Exception {
        byte[] data = "written".getBytes(StandardCharsets.UTF_8);
        Changes changes = new Changes();
        try (Registration watch = conclave.nodes().watch("/value", changes);
                FencedGrant grant = FencedLock.of(conclave, "/fenced").acquire(WAIT)) {
            assertTrue(changes.begun.await(WAIT.toSeconds(), TimeUnit.SECONDS), "the watch has begun");
            grant.write("/value", data);
            assertEquals("/value", changes.paths.poll(WAIT.toSeconds(), TimeUnit.SECONDS));
            assertArrayEquals(
                    data, conclave.nodes().get("/value").orElseThrow().data().toByteArray());
            grant.release();
        }
    }

    private static final class Changes implements NodeListener {
        final CountDownLatch begun = new CountDownLatch(1);
        final BlockingQueue<String> paths = new LinkedBlockingQueue<>();

        @Override
        public void onChange(WatchSpec.Kind kind, String path) {
            paths.add(path);
        }

        @Override
        public void onResync() {
            begun.countDown();
        }
    }
}
