package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.Grant;
import io.conclave.UnsupportedLayoutException;
import io.conclave.backend.inmemory.EmbeddedStore;
import io.conclave.leader.LeaderLatch;
import io.conclave.lock.DistributedReadWriteLock;
import io.conclave.lock.FencedLock;
import io.conclave.semaphore.DistributedSemaphore;
import io.conclave.spi.Backend;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Session;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What {@code docs/layouts.md} says of nodes, as far as any backend shows it. */
@Timeout(30)
class LayoutsTest {
    private static final String NAME = "examples-layouts";
    private static final String URL = "inmemory:" + NAME;
    private static final String UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    private static final Duration WAIT = Duration.ofSeconds(10);

    private final Conclave conclave =
            Conclave.builder(URL).owner("ada & co").callTimeout(WAIT).connect();

    @AfterEach
    void close() {
        conclave.close();
        EmbeddedStore.discard(NAME);
    }

    @Test
    void aContendersNodeAndItsData() throws Exception {
        try (FencedGrant grant = FencedLock.of(conclave, "/locks/orders").acquire(WAIT)) {
            Node node = onlyNodeBelow("/locks/orders");
            assertThat(node.name()).matches("_c_" + UUID + "-lock-[0-9]{10,}");
            assertThat(node.data().asUtf8()).matches("conclave-contender/1\nowner=ada\\+%26\\+co\nsince=[0-9]{13}\n");
            assertThat(grant.fencingToken())
                    .isEqualTo(node.createdRevision().orElseThrow() << 6)
                    .isPositive();
        }
    }

    @Test
    void readersAndWritersAndAReaderAtItsWritersPlace() throws Exception {
        DistributedReadWriteLock lock = DistributedReadWriteLock.of(conclave, "/rw/rates");
        try (Grant reader = lock.readLock().acquire(WAIT)) {
            assertThat(reader.isValid()).isTrue();
            assertThat(onlyNodeBelow("/rw/rates").name()).matches("_c_" + UUID + "-__READ__[0-9]{10,}");
        }
        Grant writer = lock.writeLock().acquire(WAIT);
        Node written = onlyNodeBelow("/rw/rates");
        assertThat(written.name()).matches("_c_" + UUID + "-__WRIT__[0-9]{10,}");
        try (Grant reader = lock.downgrade(writer)) {
            Node shared = onlyNodeBelow("/rw/rates");
            assertThat(shared.name()).matches("_c_" + UUID + "-__READ__[0-9]{10,}");
            assertThat(shared.sequence()).isEqualTo(written.sequence());
            assertThat(shared.data().asUtf8()).endsWith("\ntoken=" + reader.fencingToken() + "\n");
            assertThat(reader.fencingToken()).isEqualTo(writer.fencingToken());
        }
    }

    @Test
    void permitsAndTheirLimitAreInTheNames() throws Exception {
        DistributedSemaphore semaphore = DistributedSemaphore.of(conclave, "/permits/gpu", 4);
        try (Grant two = semaphore.acquire(2, WAIT)) {
            assertThat(two.isValid()).isTrue();
            assertThat(onlyNodeBelow("/permits/gpu").name()).matches("_c_" + UUID + "-2of4-permits-[0-9]{10,}");
        }
        semaphore.resize(6);
        semaphore.resize(3);
        Node limit = onlyNodeBelow("/permits/gpu");
        assertThat(limit.name()).matches("_c_" + UUID + "-3max6-limit-[0-9]{10,}");
        assertThat(limit.owner()).isEmpty();
    }

    @Test
    void aLatchHasItsOwnTag() throws Exception {
        try (LeaderLatch latch = LeaderLatch.of(conclave, "/leaders/reports", "node-7")) {
            latch.start();
            latch.await(WAIT);
            Node node = onlyNodeBelow("/leaders/reports");
            assertThat(node.name()).matches("_c_" + UUID + "-latch-[0-9]{10,}");
            assertThat(node.data().asUtf8()).startsWith("conclave-contender/1\nowner=node-7\n");
        }
    }

    @Test
    void theEpochIsOnTopOfTheTokensBits() throws Exception {
        assertThat(conclave.epoch().current()).isZero();
        assertThat(conclave.epoch().raise()).isEqualTo(1);
        try (FencedGrant grant = FencedLock.of(conclave, "/locks/orders").acquire(WAIT)) {
            long revision = onlyNodeBelow("/locks/orders").createdRevision().orElseThrow();
            assertThat(grant.fencingToken()).isEqualTo(1L << 56 | revision << 6);
            assertThatThrownBy(() -> conclave.epoch().raise())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("/locks/orders");
        }
    }

    @Test
    void aNamespaceOfAnUnknownFormatIsRefused() throws Exception {
        Write newer = Write.create(
                NodePath.of("/.conclave/epoch"), Payload.utf8("conclave-namespace/2\n"), CreateMode.PERSISTENT);
        write(newer);
        assertThatThrownBy(() -> Conclave.connect(URL)).isInstanceOf(UnsupportedLayoutException.class);
        assertThatThrownBy(() -> FencedLock.of(conclave, "/locks/orders").acquire(WAIT))
                .isInstanceOf(UnsupportedLayoutException.class);
    }

    /** Writes as another version of the library would, past its own checks. */
    private static void write(Write write) throws Exception {
        Backend backend = EmbeddedStore.named(NAME).connect();
        long deadline = backend.timekeeper().deadlineAfter(WAIT);
        Session session = backend.openSession(new SessionSpec(WAIT, 1), (any, state) -> {}, deadline)
                .toCompletableFuture()
                .get();
        Commit commit = Commit.builder(session.newOpId(), deadline).write(write).build();
        assertThat(session.commit(commit).toCompletableFuture().get()).isInstanceOf(CommitResult.Applied.class);
        backend.closeAsync().toCompletableFuture().get();
    }

    @Test
    void thePathsOfTheLibraryAreReserved() {
        assertThatThrownBy(() -> FencedLock.of(conclave, "/.conclave/lock"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("reserved");
        assertThatThrownBy(() -> conclave.nodes().get("/.conclave/epoch")).isInstanceOf(IllegalArgumentException.class);
    }

    private Node onlyNodeBelow(String directory) throws InterruptedException {
        List<Node> nodes = conclave.nodes().subtree(directory, 10);
        assertThat(nodes).hasSize(1);
        return nodes.get(0);
    }
}
