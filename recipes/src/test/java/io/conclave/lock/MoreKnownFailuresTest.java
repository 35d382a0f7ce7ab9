package io.conclave.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.NodeListener;
import io.conclave.TestStore;
import io.conclave.backend.inmemory.Fault;
import io.conclave.backend.inmemory.RequestKind;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.SessionState;
import io.conclave.spi.WatchSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** T27, T33, T34, T36 of known-failures.md, and of its list "More, from the other peers" what concerns locks ("list n"). */
@Timeout(30)
class MoreKnownFailuresTest {
    private static final String PATH = "/locks/orders";
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();
    private final Conclave two = store.connect();
    private final DistributedLock lock = DistributedLock.of(one, PATH);
    private final DistributedLock other = DistributedLock.of(two, PATH);

    @AfterEach
    void close() {
        store.close();
    }

    /** List 3, 6: a waiter whose own session ends queues again at the tail with the next session, in the time that is left. */
    @Test
    void aWaiterWhoseSessionEndsQueuesAgainAtTheTail() throws Exception {
        Conclave three = store.connect();
        DistributedLock third = DistributedLock.of(three, PATH);
        Grant held = lock.acquire(SECOND);
        CompletableFuture<Grant> early = other.acquireAsync(Duration.ofSeconds(20));
        CompletableFuture<Grant> late = third.acquireAsync(Duration.ofSeconds(20));

        store.faults(two).expire();
        store.advance(SECOND);
        assertThat(third.queue().contenders()).hasSize(3);
        held.release();

        assertThat(late).isCompleted();
        assertThat(early).isNotDone();
        late.join().release();
        assertThat(early).isCompleted();
    }

    /** T8, T36: a waiter whose own node was removed is never granted on it; it queues again at the tail. */
    @Test
    void aWaiterThatWasEvictedQueuesAgainAtTheTail() throws Exception {
        Grant held = lock.acquire(SECOND);
        CompletableFuture<Grant> evicted = other.acquireAsync();
        long token = lock.queue().waiters().get(0).fencingToken().orElseThrow();
        CompletableFuture<Grant> behind =
                DistributedLock.of(store.connect(), PATH).acquireAsync();
        assertThat(one.contenders(PATH).evict(token)).isTrue();

        held.release();

        assertThat(behind).isCompleted();
        assertThat(evicted).isNotDone();
        behind.join().release();
        assertThat(evicted).isCompleted();
        assertThat(evicted.join().fencingToken()).isGreaterThan(behind.join().fencingToken());
    }

    /** List 5: the session ended while its owner waited and had not heard of it: no grant stands on the dead contender. */
    @Test
    void aGrantIsNotGivenOnASessionThatEndedDuringTheWait() throws Exception {
        Grant held = lock.acquire(SECOND);
        CompletableFuture<Grant> waiting = other.acquireAsync();
        String dead = two.health().sessionId();
        store.faults(two).hold();
        held.release();
        store.faults().session(dead).expire();
        Grant again = lock.acquire(SECOND);

        store.faults().session(dead).release();
        store.advance(SECOND);

        assertThat(again.isValid()).isTrue();
        assertThat(waiting).isNotDone();
        again.release();
        assertThat(waiting).isCompleted();
        assertThat(waiting.join().fencingToken()).isGreaterThan(again.fencingToken());
        assertThat(two.health().sessionId()).isNotEqualTo(dead);
    }

    /** List 7, T36: a removal that is on its way when the session changes does not remove what came after it. */
    @Test
    void anOldReleaseDoesNotRemoveANewHold() throws Exception {
        Grant old = lock.acquire(SECOND);
        String session = one.health().sessionId();
        store.faults(one).onCommit(TestStore::removesContender, 1, Fault.DROP_REQUEST_AND_STAY_CUT);
        old.releaseAsync();
        store.advance(TestStore.TTL.multipliedBy(3));
        assertThat(store.faults().sessions()).doesNotContain(session);
        store.faults().everyone().heal();
        store.advance(SECOND);

        Grant next = lock.acquire(SECOND);
        store.advance(TestStore.TTL.multipliedBy(2));

        assertThat(next.isValid()).isTrue();
        assertThat(lock.queue().contenders()).hasSize(1);
    }

    /** List 8, T33: after a release nothing goes on: no grant is counted, no watch and no more timers than before. */
    @Test
    void aReleaseLeavesNoRenewalBehind() throws Exception {
        int timers = store.clock.timers();
        int watches = store.faults().runningWatches();
        Grant grant = lock.acquire(SECOND);
        store.advance(TestStore.TTL);
        grant.release();
        store.advance(TestStore.TTL);

        assertThat(one.health().grants()).isZero();
        assertThat(store.clock.timers()).isEqualTo(timers);
        assertThat(store.faults().runningWatches()).isEqualTo(watches);
    }

    /** List 9: one heartbeat keeps all grants of a session. */
    @Test
    void aThousandGrantsCostNoMoreHeartbeatsThanOne() throws Exception {
        store.faults(one).resetRequests();
        store.advance(TestStore.TTL.multipliedBy(5));
        int idle = store.faults(one).requests().of(RequestKind.HEARTBEAT);
        List<Grant> grants = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            grants.add(DistributedLock.of(one, PATH + "-" + i).acquire(SECOND));
        }
        store.faults(one).resetRequests();
        store.advance(TestStore.TTL.multipliedBy(5));

        assertThat(store.faults(one).requests().of(RequestKind.HEARTBEAT)).isLessThanOrEqualTo(idle + 1);
        assertThat(grants).allMatch(Grant::isValid);
    }

    /** List 15: a reentrant hold is the same contender with the same token. */
    @Test
    void aReentrantHoldKeepsItsToken() throws Exception {
        Lock view = lock.asJavaLock();
        view.lock();
        long token = lock.queue().holder().orElseThrow().fencingToken().orElseThrow();
        view.lock();
        assertThat(lock.queue().contenders()).hasSize(1);
        assertThat(lock.queue().holder().orElseThrow().fencingToken()).hasValue(token);
        view.unlock();
        view.unlock();
    }

    /** List 19: nothing of a lock stays in the store. */
    @Test
    void aReleasedLockLeavesNothingInTheStore() throws Exception {
        for (int i = 0; i < 20; i++) {
            DistributedLock.of(one, "/locks/deep/er/" + i).acquire(SECOND).release();
        }
        assertThat(one.nodes().subtree("/", 10)).isEmpty();
        assertThat(one.nodes().children("/")).isEmpty();
    }

    /** List 20: two locks on one path in one Conclave exclude each other. */
    @Test
    void twoUsersOfOneConclaveExcludeEachOther() throws Exception {
        DistributedLock twin = DistributedLock.of(one, PATH);
        Grant held = lock.acquire(SECOND);
        assertThat(twin.tryAcquire()).isEmpty();
        assertThat(FencedLock.of(one, PATH).tryAcquire()).isEmpty();
        assertThat(DistributedLock.builder(one, PATH).fair(true).build().tryAcquire())
                .isEmpty();
        held.release();
        twin.acquire(SECOND).release();
    }

    /** List 22: what changed during a cut is told after it, as a change or as a resync. */
    @Test
    void aNodeListenerHearsOfWhatItMissed() throws Exception {
        List<String> heard = new ArrayList<>();
        one.nodes().watch("/config", new NodeListener() {
            @Override
            public void onChange(WatchSpec.Kind kind, String path) {
                heard.add(kind + " " + path);
            }

            @Override
            public void onResync() {
                heard.add("resync");
            }
        });
        store.advance(SECOND);
        heard.clear();
        store.faults(one).suspend();
        two.nodes().set("/config/a", new byte[] {1});
        assertThat(heard).isEmpty();
        store.faults(one).heal();
        store.advance(SECOND);
        assertThat(heard).isNotEmpty();

        heard.clear();
        store.faults(one).expire();
        two.nodes().delete("/config/a");
        store.advance(SECOND);
        assertThat(heard).isNotEmpty();
    }

    /** List 23, T27: a listener that blocks on the user's thread delays nobody else's grant. */
    @Test
    void aBlockingListenerStopsNobody() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        Conclave threaded = store.connect(Conclave.builder(store.url()));
        threaded.addStateListener(state -> {
            entered.countDown();
            try {
                leave.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
        store.faults(threaded).suspend();
        store.faults().everyone().heal();
        entered.await();

        DistributedLock.of(threaded, PATH).acquire(SECOND).release();
        leave.countDown();
    }

    /** List 24, T4: a try costs one round trip and leaves nothing behind. */
    @Test
    void aTryIsOneRoundTripAndLeavesNothing() throws Exception {
        Grant held = lock.acquire(SECOND);
        store.faults(two).resetRequests();
        assertThat(other.tryAcquire()).isEmpty();
        assertThat(store.faults(two).requests().of(RequestKind.COMMIT)).isEqualTo(2);
        assertThat(store.faults(two).requests().of(RequestKind.READ)).isZero();
        assertThatThrownBy(() -> other.acquire(Duration.ZERO)).isInstanceOf(TimeoutException.class);
        assertThat(other.acquireAsync(Duration.ZERO)).isCompletedExceptionally();
        assertThat(lock.queue().contenders()).hasSize(1);
        held.release();
        assertThat(other.acquireAsync(Duration.ZERO)).isCompleted();
    }

    /** T33: close at any point ends every future, and leaves no node, no watch and no timer. */
    @Test
    void closingEndsAllWaits() throws Exception {
        Grant held = lock.acquire(SECOND);
        List<CompletableFuture<Grant>> waiting = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waiting.add(other.acquireAsync());
            waiting.add(DistributedLock.builder(two, PATH).fair(true).build().acquireAsync());
        }
        store.faults(two).hold();
        waiting.add(DistributedLock.of(two, "/locks/b").acquireAsync());
        store.faults(two).release();
        two.nodes().watch("/x", (kind, path) -> {});
        two.closeAsync();

        assertThat(waiting.subList(0, 10))
                .allSatisfy(future -> assertThatThrownBy(future::get).hasCauseInstanceOf(BackendClosedException.class));
        assertThat(waiting.get(10)).isDone();
        assertThat(lock.queue().contenders()).hasSize(1);
        held.release();
        one.close();
        store.advance(Duration.ofMinutes(1));
        assertThat(store.faults().sessions()).isEmpty();
        assertThat(store.faults().runningWatches()).isZero();
        assertThat(store.clock.timers()).isZero();
    }

    /** T34: every order of states is told once each, and a lost session is followed by a new one. */
    @Test
    void statesAreToldInOrderAndNeverTwice() {
        List<SessionState> told = new ArrayList<>();
        one.addStateListener(told::add);
        String first = one.health().sessionId();
        for (int i = 0; i < 2; i++) {
            store.faults(one).suspend();
            store.advanceMillis(100);
            store.faults(one).heal();
            store.advanceMillis(100);
        }
        assertThat(told)
                .containsExactly(
                        SessionState.SUSPENDED, SessionState.ACTIVE, SessionState.SUSPENDED, SessionState.ACTIVE);
        told.clear();
        store.faults(one).suspend();
        store.faults().session(first).expire();
        assertThat(told).containsExactly(SessionState.SUSPENDED);
        store.faults().everyone().heal();
        store.advance(SECOND);
        assertThat(told).containsExactly(SessionState.SUSPENDED, SessionState.LOST, SessionState.ACTIVE);
        told.clear();
        store.faults(one).blackhole();
        store.advance(TestStore.TTL.multipliedBy(3));
        assertThat(told)
                .containsExactly(SessionState.SUSPENDED, SessionState.DOUBTFUL, SessionState.LOST, SessionState.ACTIVE);
        assertThat(one.health().sessions()).isGreaterThanOrEqualTo(3);
    }

    /** T34: a suspension within the validity keeps the grant; one beyond ends it, for ever. */
    @Test
    void aShortSuspensionKeepsTheGrantAndALongOneEndsIt() throws Exception {
        Grant grant = lock.acquire(SECOND);
        store.faults(one).suspend();
        store.advance(TestStore.TTL.dividedBy(3));
        assertThat(grant.isValid()).isTrue();
        store.faults(one).heal();
        store.advance(TestStore.TTL.multipliedBy(2));
        assertThat(grant.isValid()).isTrue();
        store.faults(one).suspend();
        store.advance(TestStore.TTL);
        assertThat(grant.isValid()).isFalse();
        store.faults().everyone().heal();
        store.advance(TestStore.TTL);
        assertThat(grant.isValid()).isFalse();
    }
}
