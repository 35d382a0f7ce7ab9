package io.conclave.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.TestStore;
import io.conclave.backend.inmemory.RequestCounts;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class DistributedLockTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();
    private final Conclave two = store.connect();
    private final DistributedLock lock = DistributedLock.of(one, "/locks/orders");
    private final DistributedLock other = DistributedLock.of(two, "/locks/orders");

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void anUncontendedAcquireAndReleaseAreOneRequestEach() throws Exception {
        lock.acquire(SECOND).close();
        store.faults().session(one.health().sessionId()).resetRequests();

        lock.acquire(SECOND).close();

        RequestCounts counts = store.faults().session(one.health().sessionId()).requests();
        assertThat(counts.total()).isEqualTo(2);
    }

    @Test
    void tokensRiseOverHoldersAndPathsThatVanishInBetween() throws Exception {
        long last = 0;
        for (int i = 0; i < 5; i++) {
            try (Grant grant = (i % 2 == 0 ? lock : other).acquire(SECOND)) {
                assertThat(grant.isValid()).isTrue();
                assertThat(grant.fencingToken()).isGreaterThan(last);
                last = grant.fencingToken();
            }
        }
        assertThat(one.nodes().children("/locks")).isEmpty();
    }

    @Test
    void aWaiterIsGrantedWhenTheHolderReleases() throws Exception {
        Grant held = lock.acquire(SECOND);
        CompletableFuture<Grant> waiting = other.acquireAsync(Duration.ofSeconds(5));
        assertThat(waiting).isNotDone();
        assertThat(other.tryAcquire()).isEmpty();

        held.close();

        assertThat(waiting).isCompleted();
        assertThat(held.isValid()).isFalse();
        assertThat(waiting.join().fencingToken()).isGreaterThan(held.fencingToken());
    }

    @Test
    void aTimedAcquireEndsAtItsDeadlineAndLeavesNothingBehind() throws Exception {
        Grant held = lock.acquire(SECOND);
        CompletableFuture<Grant> waiting = other.acquireAsync(SECOND);
        store.advance(Duration.ofMillis(999));
        assertThat(waiting).isNotDone();
        store.advance(Duration.ofMillis(1));

        assertThat(waiting).isCompletedExceptionally();
        assertThatThrownBy(waiting::get).hasCauseInstanceOf(TimeoutException.class);
        assertThat(lock.queue().contenders()).hasSize(1);
        held.release();
        assertThat(lock.queue().contenders()).isEmpty();
    }

    @Test
    void cancellingLeavesNothingBehind() throws Exception {
        Grant held = lock.acquire(SECOND);
        CompletableFuture<Grant> waiting = other.acquireAsync();
        assertThat(lock.queue().waiters()).hasSize(1);
        waiting.cancel(true);
        assertThat(lock.queue().waiters()).isEmpty();
        held.close();
    }

    @Test
    void aPausedHolderHasLostItsGrantInTheFirstInstruction() throws Exception {
        FencedLock fenced = FencedLock.of(one, "/locks/orders");
        FencedGrant grant = fenced.acquire(SECOND);
        grant.write("/data/version", new byte[] {1});
        AtomicInteger lost = new AtomicInteger();
        grant.onLost(lost::incrementAndGet);
        CompletableFuture<Grant> waiting = other.acquireAsync();

        store.faults().session(one.health().sessionId()).pause();
        store.advance(TestStore.TTL.multipliedBy(2));
        assertThat(waiting).isCompleted();
        store.faults().session(one.health().sessionId()).resume();

        assertThat(grant.isValid()).isFalse();
        assertThat(lost).hasValue(1);
        assertThatThrownBy(() -> grant.write("/data/version", new byte[] {2})).isInstanceOf(GrantLostException.class);
        assertThatThrownBy(grant::release).isInstanceOf(GrantLostException.class);
        assertThat(waiting.join().fencingToken()).isGreaterThan(grant.fencingToken());
        waiting.join().close();
        store.advance(SECOND);
        try (Grant again = lock.acquire(SECOND)) {
            assertThat(again.fencingToken()).isGreaterThan(waiting.join().fencingToken());
        }
    }

    @Test
    void theJavaLockViewIsReentrantAndVoidAfterALoss() throws Exception {
        Lock view = lock.asJavaLock();
        view.lock();
        view.lock();
        assertThat(other.tryAcquire()).isEmpty();
        view.unlock();
        assertThat(other.tryAcquire()).isEmpty();
        store.faults().session(one.health().sessionId()).expire();
        store.advance(SECOND);
        Optional<Grant> taken = other.tryAcquire();
        assertThat(taken).isPresent();
        assertThat(view.tryLock()).isFalse();
        taken.get().close();
        assertThat(view.tryLock(1, TimeUnit.SECONDS)).isTrue();
        view.unlock();
        assertThatThrownBy(view::unlock).isInstanceOf(GrantLostException.class);
        assertThatThrownBy(view::unlock).isInstanceOf(IllegalMonitorStateException.class);
    }

    /** Each unlock of a void nesting tells the loss, so that no enclosing one hides it. */
    @Test
    void everyUnlockOfAVoidNestingTellsTheLoss() {
        Lock view = lock.asJavaLock();
        view.lock();
        view.lock();
        view.lock();
        store.faults().session(one.health().sessionId()).expire();
        store.advance(SECOND);
        assertThatThrownBy(view::unlock).isInstanceOf(GrantLostException.class);
        view.lock();
        view.unlock();
        assertThatThrownBy(view::unlock).isInstanceOf(GrantLostException.class);
        assertThatThrownBy(view::unlock).isInstanceOf(GrantLostException.class);
        assertThatThrownBy(view::unlock).isInstanceOf(IllegalMonitorStateException.class);
    }

    /** A fair waiter has its place in the store also while unfair ones wait before it in the process; its try answers at once. */
    @Test
    void aFairWaiterHasItsPlaceBehindUnfairOnes() throws Exception {
        DistributedLock fair =
                DistributedLock.builder(one, "/locks/orders").fair(true).build();
        Grant held = lock.acquire(SECOND);
        CompletableFuture<Grant> unfair = lock.acquireAsync();
        CompletableFuture<Grant> waiting = fair.acquireAsync();
        CompletableFuture<Grant> elsewhere = other.acquireAsync();
        assertThat(lock.queue().contenders()).hasSize(3);
        assertThat(fair.tryAcquire()).isEmpty();
        held.release();
        assertThat(waiting).isCompleted();
        assertThat(unfair).isNotDone();
        waiting.join().release();
        assertThat(elsewhere).isCompleted();
        elsewhere.join().release();
        assertThat(unfair).isCompleted();
    }
}
