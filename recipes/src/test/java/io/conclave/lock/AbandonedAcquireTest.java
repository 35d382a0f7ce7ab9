package io.conclave.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.conclave.Conclave;
import io.conclave.ConclaveObserver;
import io.conclave.Grant;
import io.conclave.TestStore;
import io.conclave.backend.inmemory.ClientFaults;
import io.conclave.backend.inmemory.Fault;
import io.conclave.spi.Commit;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Bar 7, T4, list 2: an acquire that is interrupted, cancelled or timed out at any step leaves no contender behind, also when the clean-up itself meets a lost
 * connection. Each run comes from a seed that is printed on failure.
 */
@Timeout(120)
class AbandonedAcquireTest {
    private static final String PATH = "/locks/orders";
    private static final Duration SECOND = Duration.ofSeconds(1);
    /** A request that went into a silent connection is only known to be lost at its deadline. */
    private static final Duration CALL_TIMEOUT_AND_A_RETRY = Duration.ofSeconds(7);

    private static final int SEEDS = 1_500;

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();
    private final Conclave two = store.connect();
    private final DistributedLock other = DistributedLock.of(two, PATH);

    @AfterEach
    void close() {
        store.close();
    }

    /** The steps: request on its way, reply on its way, waiting, granted, released; the clean-up in contact, cut off, or with its own reply lost. */
    @Test
    void aCancelledAcquireLeavesNothingBehindAtAnyStep() throws Exception {
        for (int seed = 0; seed < SEEDS; seed++) {
            abandonOnce(new Random(seed), "seed " + seed);
        }
    }

    private void abandonOnce(Random random, String seed) throws Exception {
        DistributedLock lock =
                DistributedLock.builder(one, PATH).fair(random.nextBoolean()).build();
        Grant held = random.nextBoolean() ? other.acquire(SECOND) : null;
        ClientFaults faults = store.faults(one);
        stopAtAStep(random, faults);
        int acquires = 1 + random.nextInt(3);
        CompletableFuture<?>[] waiting = new CompletableFuture<?>[acquires];
        for (int i = 0; i < acquires; i++) {
            waiting[i] = random.nextInt(4) == 0
                    ? lock.acquireAsync(Duration.ofMillis(random.nextInt(60)))
                    : lock.acquireAsync();
        }
        store.advanceMillis(random.nextInt(50));
        troubleTheCleanUp(random, faults);
        for (CompletableFuture<?> each : waiting) {
            if (held != null && random.nextInt(5) == 0) {
                held.releaseAsync();
            }
            if (!each.cancel(true) && !each.isCompletedExceptionally()) {
                ((Grant) each.join()).releaseAsync();
            }
            store.advanceMillis(random.nextInt(20));
        }
        endAllTrouble(faults);
        if (held != null) {
            held.releaseAsync();
        }
        store.advance(CALL_TIMEOUT_AND_A_RETRY);

        assertThat(two.nodes().subtree("/", 10)).as(seed).isEmpty();
        assertThat(one.health().waiting()).as(seed).isZero();
        assertThat(one.health().grants()).as(seed).isZero();
        assertThat(one.health().sessions()).as(seed + " in one session").isEqualTo(1);
        assertThat(other.tryAcquire().map(grant -> {
                    grant.release();
                    return true;
                }))
                .as(seed)
                .contains(true);
    }

    private void endAllTrouble(ClientFaults faults) {
        store.faults().clear();
        faults.delayReplies(Duration.ZERO);
        faults.release();
        faults.releaseHeldCommits();
        faults.heal();
    }

    private static void stopAtAStep(Random random, ClientFaults faults) {
        switch (random.nextInt(6)) {
            case 0 -> faults.onCommit(TestStore::makesContender, 1, Fault.HOLD_REQUEST);
            case 1 -> faults.hold();
            case 2 -> faults.delayReplies(Duration.ofMillis(1 + random.nextInt(30)));
            case 3 -> faults.onCommit(TestStore::makesContender, 1, Fault.DROP_REPLY_AND_STAY_CUT);
            case 4 -> faults.onCommit(TestStore::makesContender, 1, Fault.DROP_REQUEST_AND_STAY_CUT);
            default -> {} // it goes through, and waits or is granted
        }
    }

    private static void troubleTheCleanUp(Random random, ClientFaults faults) {
        switch (random.nextInt(6)) {
            case 0 -> faults.suspend();
            case 1 -> faults.blackhole();
            case 2 -> faults.onCommit(TestStore::removesContender, 1, Fault.DROP_REPLY);
            case 3 -> faults.onCommit(TestStore::removesContender, 1, Fault.DROP_REQUEST_AND_STAY_CUT);
            case 4 -> faults.onCommit(TestStore::removesContender, 1, Fault.HOLD_REQUEST);
            default -> {} // in contact
        }
    }

    /** Bar 7, T4: threads are interrupted twice, at any moment of a blocking acquire: the call says so or has the grant, and nothing is left. */
    @Test
    void anInterruptedAcquireLeavesNothingBehindAtAnyStep() throws Exception {
        DistributedLock lock = DistributedLock.of(one, PATH);
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            Grant held = random.nextBoolean() ? other.acquire(SECOND) : null;
            ClientFaults faults = store.faults(one);
            stopAtAStep(random, faults);
            CompletableFuture<String> outcome = store.background(() -> acquireAndRelease(lock));
            Thread thread = store.lastThread();
            for (int spin = random.nextInt(2_000); spin > 0; spin--) {
                Thread.onSpinWait();
            }
            if (random.nextBoolean()) {
                store.advanceMillis(random.nextInt(40));
            }
            troubleTheCleanUp(random, faults);
            thread.interrupt();
            store.advanceMillis(random.nextInt(10));
            thread.interrupt();
            TestStore.eventually("the call has ended, seed " + seed, () -> {
                store.advanceMillis(1);
                return outcome.isDone();
            });
            assertThat(outcome).as("seed " + seed).isCompleted();
            endAllTrouble(faults);
            if (held != null) {
                held.releaseAsync();
            }
            store.advance(CALL_TIMEOUT_AND_A_RETRY);
            assertThat(two.nodes().subtree("/", 10)).as("seed " + seed).isEmpty();
            assertThat(one.health().waiting()).as("seed " + seed).isZero();
        }
    }

    private static String acquireAndRelease(DistributedLock lock) {
        try {
            lock.acquire().releaseAsync();
            return "granted";
        } catch (InterruptedException interrupted) {
            return "interrupted";
        }
    }

    /** Bar 7: the cancellation comes between the decision to grant and the hand-over: the grant goes back. */
    @Test
    void aCancellationInTheMomentOfTheGrantGivesItBack() throws Exception {
        AtomicReference<CompletableFuture<Grant>> waiting = new AtomicReference<>();
        ConclaveObserver cancelling = new ConclaveObserver() {
            @Override
            public void onGranted(String path, Duration waited) {
                waiting.get().cancel(true);
            }
        };
        Conclave client = store.connect(
                Conclave.builder(store.url()).executor(Runnable::run).observer(cancelling));
        Grant held = other.acquire(SECOND);
        waiting.set(DistributedLock.of(client, PATH).acquireAsync());
        held.release();

        assertThat(waiting.get()).isCancelled();
        assertThat(two.nodes().subtree("/", 10)).isEmpty();
        assertThat(client.health().grants()).isZero();
        assertThat(client.health().waiting()).isZero();
    }

    /** Bar 11: an interrupt that is set before the call is honoured, and nothing is sent for it that stays. */
    @Test
    void anInterruptBeforeTheCallIsHonoured() throws Exception {
        CompletableFuture<Boolean> flagCleared = store.background(() -> {
            Thread.currentThread().interrupt();
            try {
                DistributedLock.of(one, PATH).acquire();
                return false;
            } catch (InterruptedException expected) {
                return !Thread.interrupted();
            }
        });
        assertThat(flagCleared.get()).isTrue();
        store.advance(SECOND);
        assertThat(two.nodes().subtree("/", 10)).isEmpty();
    }

    /** A wait that ends in any other way, here because a task of the virtual clock must not block, leaves nothing behind either. */
    @Test
    void aWaitThatFailsLeavesNothingBehind() throws Exception {
        store.faults(one).onCommit(AbandonedAcquireTest::makesNode, 1, Fault.HOLD_REQUEST);
        List<Throwable> failures = new ArrayList<>();
        DistributedLock lock = DistributedLock.of(one, PATH);
        store.clock.schedule(
                () -> {
                    failures.add(catchThrowable(() -> lock.acquire(SECOND)));
                    failures.add(catchThrowable(() -> lock.asJavaLock().lock()));
                    failures.add(catchThrowable(() -> one.nodes().create("/n", new byte[0], CreateMode.PERSISTENT)));
                },
                SECOND);
        store.advance(SECOND);
        assertThat(failures).hasSize(3).allMatch(IllegalStateException.class::isInstance);
        store.faults(one).releaseHeldCommits();
        store.advance(SECOND);
        assertThat(one.health().grants() + one.health().waiting()).isZero();
        assertThat(two.nodes().subtree("/", 10)).isEmpty();
    }

    private static boolean makesNode(Commit commit) {
        return commit.writes().stream().anyMatch(write -> write instanceof Write.CreateNamed);
    }

    /** Bar 11: lock() of the Java view cannot be interrupted; it keeps the interrupt for the caller. */
    @Test
    void theJavaLockWaitsOnAndKeepsTheInterrupt() throws Exception {
        Grant held = other.acquire(SECOND);
        CompletableFuture<Boolean> interrupted = store.background(() -> {
            DistributedLock.of(one, PATH).asJavaLock().lock();
            return Thread.interrupted();
        });
        TestStore.eventually("it waits", () -> one.health().waiting() == 1);
        store.lastThread().interrupt();
        assertThat(one.health().waiting()).isEqualTo(1);
        held.release();
        TestStore.eventually("it is granted", interrupted::isDone);
        assertThat(interrupted.get()).isTrue();
    }
}
