package io.conclave.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.TestStore;
import io.conclave.fencing.FencingGate;
import io.conclave.fencing.StaleTokenException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.Lock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bar 5, the zombie holder: a process is paused beyond its session and goes on. */
@Timeout(30)
class PausedHolderTest {
    private static final String PATH = "/locks/orders";
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();
    private final Conclave two = store.connect();

    @AfterEach
    void close() {
        store.close();
    }

    /** Time goes on while the process stands; what a test calls until {@link #resume} is the first instruction after the pause. */
    private String pauseBeyondTheSession() {
        String session = one.health().sessionId();
        store.faults(one).pause();
        store.advance(TestStore.TTL.multipliedBy(2));
        return session;
    }

    private void resume(String session) {
        store.faults().session(session).resume();
        store.advance(SECOND);
    }

    /** Bar 5: every call that asks about the grant says lost before any timer or message of the resumed process has run. */
    @Test
    void theFirstCallAfterThePauseSaysLost() throws Exception {
        List<FencedGrant> grants = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            grants.add(FencedLock.of(one, PATH + i).acquire(SECOND));
        }
        String session = pauseBeyondTheSession();

        assertThat(grants.get(0).isValid()).isFalse();
        assertThat(grants.get(1).validFor()).isZero();
        assertThatThrownBy(grants.get(2)::requireValid).isInstanceOf(GrantLostException.class);
        assertThatThrownBy(() -> grants.get(3).write("/data", new byte[1])).isInstanceOf(GrantLostException.class);
        assertThatThrownBy(() -> grants.get(4).delete("/data")).isInstanceOf(GrantLostException.class);
        assertThatThrownBy(grants.get(5)::release).isInstanceOf(GrantLostException.class);
        resume(session);
        assertThat(two.nodes().get("/data")).isEmpty();
    }

    /** Bar 5: onLost has run before any further success, also if the user's executor is slow. */
    @Test
    void onLostRunsBeforeAnyFurtherGrant() throws Exception {
        CountDownLatch mayReturn = new CountDownLatch(1);
        List<String> order = java.util.Collections.synchronizedList(new ArrayList<>());
        Conclave threaded = store.connect(Conclave.builder(store.url()));
        DistributedLock lock = DistributedLock.of(threaded, PATH);
        Grant grant = lock.acquire(SECOND);
        grant.onLost(() -> {
            try {
                mayReturn.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            order.add("lost");
        });
        store.faults(threaded).expire();
        assertThat(grant.isValid()).isFalse();
        store.advance(SECOND);

        CompletableFuture<Grant> again = lock.acquireAsync(SECOND.multipliedBy(4))
                .thenApply(next -> {
                    order.add("granted");
                    return next;
                });
        store.advance(SECOND);
        assertThat(again).isNotDone();
        mayReturn.countDown();
        TestStore.eventually("the next grant", again::isDone);
        assertThat(order).containsExactly("lost", "granted");
    }

    /** Bar 5: a listener that never returns holds the next grant back for one session time-out, not for ever. */
    @Test
    void aListenerThatNeverReturnsHoldsGrantsBackForOneSessionTimeoutOnly() throws Exception {
        CountDownLatch mayReturn = new CountDownLatch(1);
        Conclave threaded = store.connect(Conclave.builder(store.url()));
        DistributedLock lock = DistributedLock.of(threaded, PATH);
        lock.acquire(SECOND).onLost(() -> {
            try {
                mayReturn.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
        store.faults(threaded).expire();
        CompletableFuture<Grant> again = lock.acquireAsync();
        store.advance(TestStore.TTL.minusMillis(10));
        assertThat(again).isNotDone();
        store.advanceMillis(10);
        TestStore.eventually("the next grant", again::isDone);
        mayReturn.countDown();
    }

    /** Bar 5: what the holder sent before the pause and what it sends after it are refused, at the store and at a gate; the next token is larger. */
    @Test
    void aPausedHoldersWritesAreRefused() throws Exception {
        FencingGate gate = FencingGate.inMemory("register");
        FencedGrant old = FencedLock.of(one, PATH).acquire(SECOND);
        gate.enterExclusive(old.fencingToken());
        String session = pauseBeyondTheSession();
        FencedGrant next = FencedLock.of(two, PATH).acquire(SECOND);
        next.write("/register", new byte[] {2});
        gate.enterExclusive(next.fencingToken());

        assertThatThrownBy(() -> old.write("/register", new byte[] {1})).isInstanceOf(GrantLostException.class);
        resume(session);
        assertThatThrownBy(() -> old.write("/register", new byte[] {1})).isInstanceOf(GrantLostException.class);

        assertThat(next.fencingToken()).isGreaterThan(old.fencingToken());
        assertThatThrownBy(() -> gate.enterExclusive(old.fencingToken())).isInstanceOf(StaleTokenException.class);
        assertThat(two.nodes().get("/register").orElseThrow().data().toByteArray())
                .containsExactly(2);
    }

    /** Bar 5, F1: a guarded write that left before the pause and arrives after the next grant is refused by the store itself. */
    @Test
    void aWriteThatWasOnItsWayIsRefusedByTheStore() throws Exception {
        FencedGrant old = FencedLock.of(one, PATH).acquire(SECOND);
        old.write("/register", new byte[] {1});
        String session = one.health().sessionId();
        store.faults(one).onNext(io.conclave.backend.inmemory.Fault.HOLD_REQUEST);
        CompletableFuture<Void> late = store.background(() -> {
            old.write("/register", new byte[] {9});
            return null;
        });
        TestStore.eventually("the write is on its way", () -> store.lastThread().getState() == Thread.State.WAITING);
        one.contenders(PATH).evict(old.fencingToken());
        FencedGrant next = FencedLock.of(two, PATH).acquire(SECOND);
        next.write("/register", new byte[] {2});

        store.faults().session(session).releaseHeldCommits();

        TestStore.eventually("the write has ended", late::isDone);
        assertThatThrownBy(late::get).hasCauseInstanceOf(GrantLostException.class);
        assertThat(old.isValid()).isFalse();
        assertThat(two.nodes().get("/register").orElseThrow().data().toByteArray())
                .containsExactly(2);
    }

    private static int waiters(DistributedLock lock) {
        try {
            return lock.queue().waiters().size();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** Bar 5: asJavaLock().lock() of the resumed thread goes to the store; its old hold, however deep, is void. */
    @Test
    void lockingAgainAfterThePauseGoesToTheStore() throws Exception {
        DistributedLock lock = DistributedLock.of(one, PATH);
        Lock view = lock.asJavaLock();
        CountDownLatch locked = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<Boolean> thread = store.background(() -> {
            view.lock();
            view.lock();
            locked.countDown();
            goOn.await();
            view.lock();
            return view.tryLock();
        });
        locked.await();
        String session = pauseBeyondTheSession();
        Grant next = DistributedLock.of(two, PATH).acquire(SECOND);
        goOn.countDown();
        TestStore.eventually(
                "the thread waits for the store", () -> one.health().waiting() == 1);
        resume(session);
        TestStore.eventually("its contender stands", () -> waiters(lock) == 1);
        assertThat(thread).isNotDone();

        next.release();

        TestStore.eventually("the thread has the lock", thread::isDone);
        assertThat(thread.get()).isTrue();
    }

    /** Bar 5: unlocking a void hold says so, once for each level; after that the thread holds nothing. */
    @Test
    void unlockingAVoidHoldSaysLost() {
        Lock view = DistributedLock.of(one, PATH).asJavaLock();
        view.lock();
        view.lock();
        String session = pauseBeyondTheSession();
        assertThatThrownBy(view::unlock).isInstanceOf(GrantLostException.class);
        assertThatThrownBy(view::unlock).isInstanceOf(GrantLostException.class);
        assertThatThrownBy(view::unlock).isInstanceOf(IllegalMonitorStateException.class);
        resume(session);
    }
}
