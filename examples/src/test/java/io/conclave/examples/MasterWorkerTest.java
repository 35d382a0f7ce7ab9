package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.backend.inmemory.EmbeddedStore;
import io.conclave.leader.Candidacy;
import io.conclave.queue.Claim;
import io.conclave.queue.DistributedQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MasterWorkerTest {
    private static final String STORE = "examples-master-worker";

    private final Conclave one = Conclave.connect("inmemory:" + STORE);
    private final Conclave two = Conclave.connect("inmemory:" + STORE);

    @AfterEach
    void close() {
        one.close();
        two.close();
        EmbeddedStore.discard(STORE);
    }

    @Test
    void aJobWhoseWorkerDiesIsDoneByAnotherAndWrittenOnce() throws Exception {
        try (MasterWorker ada = new MasterWorker(one, "ada");
                MasterWorker ben = new MasterWorker(two, "ben");
                Candidacy candidacy = ada.standForMaster(List.of("job-1", "job-2"))) {
            assertThat(ada.workers()).containsExactly("ada", "ben");
            CountDownLatch working = new CountDownLatch(1);
            CountDownLatch dead = new CountDownLatch(1);
            CompletableFuture<String> lost = CompletableFuture.supplyAsync(
                    () -> work(ben, job -> {
                        working.countDown();
                        await(dead);
                        return "ben did " + job;
                    }),
                    task -> new Thread(task, "ben").start());
            await(working);

            EmbeddedStore.named(STORE)
                    .faults()
                    .session(two.health().sessionId())
                    .expire();

            List<String> done = new ArrayList<>(
                    List.of(ada.workOnce(job -> "ada did " + job), ada.workOnce(job -> "ada did " + job)));
            dead.countDown();
            assertThatThrownBy(() -> lost.get(20, TimeUnit.SECONDS)).rootCause().hasMessageContaining("is lost");
            assertThat(done).containsExactlyInAnyOrder("job-1", "job-2");
            for (String job : done) {
                assertThat(two.nodes()
                                .get("/master-worker/results/" + job)
                                .orElseThrow()
                                .data()
                                .asUtf8())
                        .isEqualTo("ada did " + job);
            }
            assertThat(candidacy.isLeading()).isTrue();
            assertThat(ada.workers()).containsExactly("ada");
        }
    }

    @Test
    void ordersAreShippedOnceWithTheirReceipts() throws Exception {
        Orders.put(one, "a", List.of("b", "c"));
        List<String> shipped = new ArrayList<>();
        Orders.shipOne(two, shipped::add);
        try (DistributedQueue<String> orders = DistributedQueue.of(two, "/queues/orders", Codec.utf8())) {
            Claim<String> claim = orders.take();
            assertThat(Orders.shipOnce(two, claim, order -> "receipt for " + order))
                    .isTrue();
            shipped.add(claim.value());
            assertThat(one.nodes()
                            .get("/receipts/" + claim.id())
                            .orElseThrow()
                            .data()
                            .asUtf8())
                    .isEqualTo("receipt for b");
        }
        assertThat(shipped).containsExactly("a", "b");
        Orders.others(one);
        try (DistributedQueue<String> bounded = Orders.bounded(one)) {
            bounded.put("x");
            assertThat(bounded.stats().capacity()).hasValue(1_000);
        }
    }

    private static String work(MasterWorker worker, java.util.function.UnaryOperator<String> work) {
        try {
            return worker.workOnce(work);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
