package io.conclave.barrier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.TestStore;
import io.conclave.UnreadableDataException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Gate and latch with virtual time: what they cost, what they leave, and awkward moments. */
@Timeout(60)
class GateAndLatchTest {
    private static final String PATH = "/barriers/gate";

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();
    private final Conclave two = store.connect();
    private final DistributedBarrier gate = DistributedBarrier.of(one, PATH);
    private final DistributedBarrier others = DistributedBarrier.of(two, PATH);

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void anAwaitOfAnOpenBarrierIsOneReadAndNoWatch() throws Exception {
        long before = store.faults(one).requests().total();
        gate.await();
        assertThat(store.faults(one).requests().total() - before).isEqualTo(1);
        assertThat(store.faults().runningWatches()).isEqualTo(2); // those of the epoch
    }

    @Test
    void anOpeningLetsThroughAlsoThoseWhoSeeItBlockedAgain() throws Exception {
        assertThat(others.block()).isTrue();
        assertThat(others.block()).isFalse();
        CompletableFuture<Boolean> waiting = gate.awaitAsync();
        store.faults(one).suspend();
        assertThat(others.open()).isTrue();
        assertThat(others.open()).isFalse();
        assertThat(others.block()).isTrue();
        store.faults(one).heal();
        store.advanceMillis(2_000);
        assertThat(waiting).isCompletedWithValue(true);
        CompletableFuture<Boolean> later = gate.awaitAsync();
        store.advanceMillis(2_000);
        assertThat(later).isNotDone();
    }

    @Test
    void waitsThatEndOtherwiseLeaveNoWatch() throws Exception {
        others.block();
        int watches = store.faults().runningWatches();
        CompletableFuture<Boolean> cancelled = gate.awaitAsync();
        CompletableFuture<Boolean> late = gate.awaitAsync(Duration.ofSeconds(1));
        assertThat(store.faults().runningWatches()).isEqualTo(watches + 1);
        cancelled.cancel(false);
        store.advanceMillis(1_001);
        assertThatThrownBy(late::get).hasCauseInstanceOf(TimeoutException.class);
        assertThat(store.faults().runningWatches()).isEqualTo(watches);
        assertThatThrownBy(() -> gate.await(Duration.ZERO)).isInstanceOf(TimeoutException.class);
        assertThat(store.faults().runningWatches()).isEqualTo(watches);
    }

    @Test
    void hundredWaitersOfOneProcessShareAWatch() throws Exception {
        others.block();
        int watches = store.faults().runningWatches();
        for (int i = 0; i < 100; i++) {
            gate.awaitAsync();
        }
        assertThat(store.faults().runningWatches()).isEqualTo(watches + 1);
        others.open();
        assertThat(store.faults().runningWatches()).isEqualTo(watches);
    }

    @Test
    void aWaitGoesOnWithTheNextSession() throws Exception {
        others.block();
        CompletableFuture<Boolean> waiting = gate.awaitAsync();
        store.faults(one).expire();
        store.advanceMillis(1_000);
        assertThat(waiting).isNotDone();
        others.open();
        store.advanceMillis(1_000);
        assertThat(waiting).isCompletedWithValue(true);
    }

    @Test
    void aNodeOfAnotherKindOrFormatIsRefused() throws Exception {
        others.block();
        DistributedCountDownLatch latch = DistributedCountDownLatch.of(one, PATH, 3);
        assertThatThrownBy(latch::countDown)
                .isInstanceOf(UnreadableDataException.class)
                .hasMessageContaining("used as a gate");
        two.nodes().set(PATH, "conclave-barrier/2\nkind=gate\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThatThrownBy(() -> gate.await()).isInstanceOf(UnreadableDataException.class);
        assertThatThrownBy(gate::open).isInstanceOf(UnreadableDataException.class);
    }

    @Test
    void aCountIsNeverNegativeAndIsRestartedOnlyAtZero() throws Exception {
        DistributedCountDownLatch latch = DistributedCountDownLatch.of(one, "/latch", 2);
        DistributedCountDownLatch same = DistributedCountDownLatch.of(two, "/latch", 2);
        CompletableFuture<Boolean> waiting = latch.awaitAsync();
        assertThat(latch.count()).isEqualTo(2);
        assertThat(latch.countDown()).isEqualTo(1);
        assertThat(same.restart()).isFalse();
        assertThat(waiting).isNotDone();
        assertThat(same.countDown()).isZero();
        assertThat(waiting).isCompletedWithValue(true);
        assertThat(same.countDown()).isZero();
        latch.await();
        assertThat(same.restart()).isTrue();
        assertThat(latch.count()).isEqualTo(2);
        assertThatThrownBy(() -> latch.await(Duration.ZERO)).isInstanceOf(TimeoutException.class);
    }

    @Test
    void aDifferentCountIsTold() throws Exception {
        DistributedCountDownLatch.of(one, "/latch", 2).countDown();
        assertThatThrownBy(() -> DistributedCountDownLatch.of(two, "/latch", 3).countDown())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("a latch of 2, not of 3");
        assertThatThrownBy(() -> DistributedCountDownLatch.of(two, "/latch", 3).await())
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> DistributedCountDownLatch.of(two, "/none").countDown())
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> DistributedCountDownLatch.of(two, "/none", 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void closingTheConclaveEndsItsWaits() throws Exception {
        others.block();
        CompletableFuture<Boolean> waiting = gate.awaitAsync();
        one.close();
        assertThat(waiting).isCompletedExceptionally();
        assertThatThrownBy(waiting::get).hasCauseInstanceOf(io.conclave.spi.BackendClosedException.class);
    }

    @Test
    void blockingVerbsAreRefusedInCallbacks() throws Exception {
        CompletableFuture<Throwable> refused = new CompletableFuture<>();
        others.block();
        CompletableFuture<Boolean> waiting = gate.awaitAsync();
        var unused = waiting.thenRun(() -> {
            try {
                gate.await();
            } catch (Throwable thrown) {
                refused.complete(thrown);
            }
        });
        others.open();
        assertThat(refused.get()).isInstanceOf(IllegalStateException.class);
    }
}
