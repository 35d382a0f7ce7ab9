package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.backend.inmemory.EmbeddedStore;
import io.conclave.leader.LeaderLatch;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BillingTest {
    private static final String STORE = "examples-billing";

    private final Conclave one = Conclave.connect("inmemory:" + STORE);
    private final Conclave two = Conclave.connect("inmemory:" + STORE);

    @AfterEach
    void close() {
        one.close();
        two.close();
        EmbeddedStore.discard(STORE);
    }

    @Test
    void oneNodeBillsUntilItLeavesThenTheOtherWithALargerToken() throws Exception {
        BlockingQueue<Long> billedByOne = new LinkedBlockingQueue<>();
        BlockingQueue<Long> billedByTwo = new LinkedBlockingQueue<>();
        CountDownLatch oneMayLeave = new CountDownLatch(1);
        CountDownLatch twoMayLeave = new CountDownLatch(1);
        CompletableFuture<Void> first = serve(one, "node-1", billedByOne, oneMayLeave);
        long tokenOfOne = next(billedByOne);
        CompletableFuture<Void> second = serve(two, "node-2", billedByTwo, twoMayLeave);
        assertThat(billedByTwo).isEmpty();

        oneMayLeave.countDown();
        first.get(10, TimeUnit.SECONDS);

        assertThat(next(billedByTwo)).isGreaterThan(tokenOfOne);
        twoMayLeave.countDown();
        second.get(10, TimeUnit.SECONDS);
        assertThat(one.contenders("/leaders/billing").view().contenders()).isEmpty();
    }

    @Test
    void theLatchLeadsOnceAndLeaves() throws Exception {
        CompletableFuture<Long> token = new CompletableFuture<>();
        Billing.onceAsLeader(one, "node-1", term -> token.complete(term.fencingToken()));
        assertThat(token.join()).isPositive();
        assertThat(one.contenders("/leaders/reports").view().contenders()).isEmpty();
    }

    @Test
    void aListenerHearsGainedThenLost() throws Exception {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        long token;
        try (LeaderLatch latch = LeaderLatch.of(one, "/leaders/reports", "node-1")) {
            Billing.listen(latch, told::add);
            latch.start();
            token = latch.await(Duration.ofSeconds(10)).fencingToken();
            assertThat(latch.isLeader()).isTrue();
            assertThat(latch.leader().orElseThrow().owner()).isEqualTo("node-1");
        }
        assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo("gained " + token);
        assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo("lost " + token);
    }

    /** A node that serves until it may leave, and bills once for each term. */
    private static CompletableFuture<Void> serve(
            Conclave conclave, String node, BlockingQueue<Long> billed, CountDownLatch mayLeave) {
        CountDownLatch never = new CountDownLatch(1);
        Billing.Step step = token -> {
            billed.add(token);
            never.await(); // interrupted when the candidacy is closed
        };
        return CompletableFuture.runAsync(
                () -> Billing.billWhileServing(conclave, node, step, candidacy -> awaitQuietly(mayLeave)),
                task -> new Thread(task, node).start());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private static long next(BlockingQueue<Long> billed) throws InterruptedException {
        Long token = billed.poll(10, TimeUnit.SECONDS);
        assertThat(token).as("a term within ten seconds").isNotNull();
        return token;
    }
}
