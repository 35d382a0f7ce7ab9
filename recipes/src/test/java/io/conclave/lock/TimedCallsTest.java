package io.conclave.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.TestStore;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.UnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bar 11: bad input for blocking and timed calls (fault-matrix.md). */
@Timeout(30)
class TimedCallsTest {
    private static final String PATH = "/locks/orders";
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();
    private final Conclave two = store.connect();
    private final DistributedLock lock = DistributedLock.of(one, PATH);
    private final FencedLock fenced = FencedLock.of(one, PATH);
    private final DistributedLock other = DistributedLock.of(two, PATH);

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void nullAndNegativeWaitsAreRefusedAtTheCall() throws Exception {
        assertThatThrownBy(() -> lock.acquire(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> lock.acquireAsync(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> lock.run(null, grant -> {})).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> fenced.acquire(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> fenced.acquireAsync(null)).isInstanceOf(NullPointerException.class);
        for (Duration negative : List.of(Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
            assertThatThrownBy(() -> lock.acquire(negative)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> lock.acquireAsync(negative)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> fenced.acquireAsync(negative)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(one.health().waiting()).isZero();
        assertThat(two.nodes().subtree("/", 10)).isEmpty();
    }

    @Test
    void theLongestWaitDoesNotOverflow() throws Exception {
        Grant held = other.acquire(Duration.ofSeconds(Long.MAX_VALUE));
        CompletableFuture<Grant> waiting = lock.acquireAsync(Duration.ofSeconds(Long.MAX_VALUE, 999_999_999));
        store.advance(Duration.ofDays(1));
        assertThat(waiting).isNotDone();
        held.release();
        assertThat(waiting).isCompleted();
        waiting.join().release();
        assertThat(lock.asJavaLock().tryLock(Long.MAX_VALUE, TimeUnit.DAYS)).isTrue();
        lock.asJavaLock().unlock();
    }

    @Test
    void aWaitOfNanosecondsEndsAndLeavesNothing() throws Exception {
        Grant held = other.acquire(SECOND);
        store.clock.advanceInAwait(true);
        assertThatThrownBy(() -> lock.acquire(Duration.ofNanos(1))).isInstanceOf(TimeoutException.class);
        assertThat(lock.asJavaLock().tryLock(1, TimeUnit.NANOSECONDS)).isFalse();
        assertThat(lock.asJavaLock().tryLock(-1, TimeUnit.NANOSECONDS)).isFalse();
        store.clock.advanceInAwait(false);
        store.advance(SECOND);
        assertThat(lock.queue().contenders()).hasSize(1);
        held.release();
    }

    /** A wait of zero tries once: it is granted if nobody is ahead, in all forms of the call. */
    @Test
    void aWaitOfZeroTriesOnce() throws Exception {
        lock.acquire(Duration.ZERO).release();
        assertThat(lock.acquireAsync(Duration.ZERO)).isCompleted();
        assertThatThrownBy(() -> other.acquireAsync(Duration.ZERO).get()).hasCauseInstanceOf(TimeoutException.class);
        assertThatThrownBy(() ->
                        FencedLock.of(two, PATH).acquireAsync(Duration.ZERO).get())
                .hasCauseInstanceOf(TimeoutException.class);
        assertThat(other.asJavaLock().tryLock(0, TimeUnit.SECONDS)).isFalse();
    }

    /** The time-out and the grant meet at one moment, whatever comes first: nobody holds it in the end but who has the grant. */
    @Test
    void aTimeoutThatMeetsTheGrantLeavesNothingBehind() throws Exception {
        for (int micros = -300; micros <= 300; micros += 20) {
            Grant held = lock.acquire(SECOND);
            CompletableFuture<Grant> waiting = other.acquireAsync(SECOND);
            store.clock.schedule(held::releaseAsync, SECOND.plusNanos(micros * 1_000L));
            store.advance(SECOND.multipliedBy(2));
            assertThat(waiting).isDone();
            if (!waiting.isCompletedExceptionally()) {
                waiting.join().release();
            }
            assertThat(two.nodes().subtree("/", 5))
                    .as("release at " + micros + " µs")
                    .isEmpty();
        }
    }

    /** Cancelling and completing a returned future from outside withdraw the acquire; a grant is never left to nobody. */
    @Test
    void aFutureThatIsEndedFromOutsideWithdraws() throws Exception {
        Grant held = lock.acquire(SECOND);
        CompletableFuture<Grant> cancelled = other.acquireAsync();
        CompletableFuture<Grant> completed = other.acquireAsync(SECOND);
        CompletableFuture<Grant> failed = other.acquireAsync();
        cancelled.cancel(false);
        completed.complete(held);
        failed.completeExceptionally(new IllegalStateException("by the caller"));
        assertThat(lock.queue().waiters()).isEmpty();
        assertThat(two.health().waiting()).isZero();
        held.release();
        assertThat(two.nodes().subtree("/", 5)).isEmpty();
    }

    /** Blocking inside an own callback would stop the thread that the answer needs: it is refused, the async twin works. */
    @Test
    void blockingInsideACallbackIsRefused() throws Exception {
        List<Throwable> refused = new ArrayList<>();
        AtomicReference<CompletableFuture<Grant>> twin = new AtomicReference<>();
        Grant grant = lock.acquire(SECOND);
        grant.onLost(() -> {
            for (Blocking call : blockingCalls()) {
                try {
                    call.run();
                } catch (Throwable refusal) {
                    refused.add(refusal);
                }
            }
            twin.set(DistributedLock.of(one, "/locks/b").acquireAsync());
        });
        store.faults(one).expire();
        store.advance(SECOND);
        assertThat(refused).hasSize(blockingCalls().size()).allMatch(IllegalStateException.class::isInstance);
        assertThat(twin.get()).isCompleted();
    }

    private interface Blocking {
        void run() throws Exception;
    }

    private List<Blocking> blockingCalls() {
        return List.of(
                lock::acquire,
                () -> lock.acquire(SECOND),
                lock::tryAcquire,
                () -> lock.asJavaLock().lock(),
                lock::queue,
                fenced::acquire,
                () -> one.nodes().get("/x"),
                () -> one.nodes().set("/x", new byte[0]),
                () -> one.epoch().current(),
                () -> one.contenders(PATH).view(),
                () -> Conclave.connect(store.url()));
    }

    @Test
    void allCallsAfterCloseFailAtOnce() throws Exception {
        Grant held = lock.acquire(SECOND);
        one.close();
        assertThat(held.isValid()).isFalse();
        assertThatThrownBy(lock::acquire).isInstanceOf(BackendClosedException.class);
        assertThatThrownBy(() -> lock.acquire(SECOND)).isInstanceOf(BackendClosedException.class);
        assertThatThrownBy(lock::tryAcquire).isInstanceOf(BackendClosedException.class);
        assertThatThrownBy(() -> lock.acquireAsync().get()).hasCauseInstanceOf(BackendClosedException.class);
        assertThatThrownBy(() -> lock.asJavaLock().lock()).isInstanceOf(BackendClosedException.class);
        assertThatThrownBy(() -> one.nodes().get("/x")).isInstanceOf(BackendClosedException.class);
        assertThatThrownBy(() -> one.nodes().set("/x", new byte[0])).isInstanceOf(BackendClosedException.class);
        assertThatThrownBy(() -> one.epoch().raise()).isInstanceOf(BackendClosedException.class);
        held.close();
        one.close();
        assertThat(two.nodes().subtree("/", 5)).isEmpty();
    }

    /** A call that needs the store says within the call time-out that it was not reached. */
    @Test
    void aTryWithoutContactEndsWithinTheCallTimeout() {
        store.faults(one).blackhole();
        store.clock.advanceInAwait(true);
        long before = store.clock.nanoTime();
        assertThatThrownBy(lock::tryAcquire).isInstanceOf(UnavailableException.class);
        assertThat(Duration.ofNanos(store.clock.nanoTime() - before)).isLessThanOrEqualTo(Duration.ofSeconds(5));
    }

    /** A wait of zero has the call time-out to find out; not to know by then is not to be granted in time. */
    @Test
    void aWaitOfZeroWithoutContactTimesOut() throws Exception {
        store.faults().everyone().blackhole();
        CompletableFuture<Grant> zero = lock.acquireAsync(Duration.ZERO);
        store.clock.advanceInAwait(true);
        assertThatThrownBy(() -> FencedLock.of(one, "/locks/b").acquire(Duration.ZERO))
                .isInstanceOf(TimeoutException.class);
        assertThatThrownBy(zero::get).hasCauseInstanceOf(TimeoutException.class);
        store.faults().everyone().heal();
        store.advance(SECOND);
        store.faults().everyone().blackhole();
        assertThat(lock.asJavaLock().tryLock(0, TimeUnit.SECONDS)).isFalse();
    }

    /** Bar 11: a wall clock that steps while somebody waits moves no deadline. */
    @Test
    void aStepOfTheWallClockMovesNoDeadline() throws Exception {
        Grant held = lock.acquire(SECOND);
        CompletableFuture<Grant> waiting = other.acquireAsync(Duration.ofSeconds(10));
        store.clock.stepWallClock(Duration.ofDays(20_000));
        store.advance(Duration.ofSeconds(5));
        store.clock.stepWallClock(Duration.ofDays(-60_000));
        store.advance(Duration.ofMillis(4_999));
        assertThat(waiting).isNotDone();
        assertThat(held.isValid()).isTrue();
        store.advanceMillis(1);
        assertThat(waiting).isCompletedExceptionally();
        assertThat(other.queue().contenders()).hasSize(1);
    }
}
