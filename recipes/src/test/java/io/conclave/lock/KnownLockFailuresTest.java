package io.conclave.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.TestStore;
import io.conclave.backend.inmemory.Fault;
import io.conclave.backend.inmemory.RequestKind;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Failures that other libraries' locks had (known-failures.md, T1 to T12): each test names its row. */
@Timeout(30)
class KnownLockFailuresTest {
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

    private List<String> contenders() throws InterruptedException {
        return two.nodes().children(PATH);
    }

    /** T1: the grant after an expiry stands on a node of the new session, and it is the only one. */
    @Test
    void noGrantIsGivenOnANodeOfAnOldSession() throws Exception {
        Grant old = lock.acquire(SECOND);
        store.faults(one).expire();

        CompletableFuture<Grant> again = lock.acquireAsync(SECOND);
        store.advance(SECOND);

        assertThat(again).isCompleted();
        assertThat(again.join().fencingToken()).isGreaterThan(old.fencingToken());
        List<Node> nodes = two.nodes().subtree(PATH, 10);
        assertThat(nodes)
                .singleElement()
                .extracting(Node::owner)
                .isEqualTo(one.health().sessionId());
    }

    /** T1, bar 5: belief ran out while the session lived on; its node is still there and must not become the next grant. */
    @Test
    void theNodeOfAGrantThatRanOutIsNotGrantedAgain() throws Exception {
        Grant old = lock.acquire(SECOND);
        String node = contenders().get(0);
        store.faults(one).suspend();
        assertThat(store.clock.advanceUntil(() -> !old.isValid(), TestStore.TTL))
                .isTrue();
        assertThat(contenders()).containsExactly(node);
        store.faults(one).heal();

        CompletableFuture<Grant> again = lock.acquireAsync(SECOND);
        store.advance(SECOND);

        assertThat(again).isCompleted();
        assertThat(again.join().fencingToken()).isGreaterThan(old.fencingToken());
        assertThat(contenders()).hasSize(1).doesNotContain(node);
        assertThat(old.isValid()).isFalse();
    }

    /** T2: a holder whose session ends is told, and can do nothing more. */
    @Test
    void aHolderThatExpiresIsTold() throws Exception {
        FencedGrant grant = FencedLock.of(one, PATH).acquire(SECOND);
        AtomicInteger lost = new AtomicInteger();
        grant.onLost(lost::incrementAndGet);

        store.faults(one).expire();

        assertThat(lost).hasValue(1);
        assertThat(grant.isValid()).isFalse();
        assertThatThrownBy(() -> grant.write("/data", new byte[1])).isInstanceOf(GrantLostException.class);
        assertThat(two.nodes().get("/data")).isEmpty();
        assertThat(other.acquire(SECOND).fencingToken()).isGreaterThan(grant.fencingToken());
    }

    /** T3, list 1: the create was applied and its reply lost: one contender, and the grant is given. (A lagging replica: on ZooKeeper.) */
    @Test
    void aCreateWhoseReplyIsLostMakesOneContender() throws Exception {
        store.faults(one).dropNextReply();

        CompletableFuture<Grant> grant = lock.acquireAsync(SECOND);
        store.advance(SECOND);

        assertThat(grant).isCompleted();
        assertThat(grant.join().isValid()).isTrue();
        assertThat(contenders()).hasSize(1);
    }

    /** T5: the deadline passes while the client is cut off with its create in doubt; the contender goes when contact is back. */
    @Test
    void anAcquireGivenUpInACutLeavesNothingAfterTheHeal() throws Exception {
        String session = one.health().sessionId();
        store.faults(one).onNext(Fault.DROP_REPLY_AND_STAY_CUT);
        CompletableFuture<Grant> waiting = lock.acquireAsync(SECOND);
        store.advance(SECOND);
        assertThatThrownBy(waiting::get).hasCauseInstanceOf(TimeoutException.class);
        assertThat(contenders()).hasSize(1);

        store.faults().session(session).heal();
        store.advance(SECOND);

        assertThat(one.health().sessionId()).isEqualTo(session);
        assertThat(contenders()).isEmpty();
    }

    /** T6: a release in a cut throws nothing and is finished after the heal. */
    @Test
    void aReleaseInACutIsFinishedAfterTheHeal() throws Exception {
        Grant grant = lock.acquire(SECOND);
        CompletableFuture<Grant> waiting = other.acquireAsync();
        store.faults(one).suspend();
        grant.release();
        store.advance(SECOND);
        assertThat(waiting).isNotDone();

        store.faults(one).heal();
        store.advance(SECOND);

        assertThat(waiting).isCompleted();
        CompletableFuture<Grant> again = lock.acquireAsync();
        waiting.join().close();
        assertThat(again).isCompleted();
    }

    /** T7, bar 4: a connection that is silent does not delay the deadline. */
    @Test
    void aSilentConnectionDoesNotMoveTheDeadline() {
        store.faults(one).blackhole();
        CompletableFuture<Grant> waiting = lock.acquireAsync(SECOND);
        store.advanceMillis(999);
        assertThat(waiting).isNotDone();
        store.advanceMillis(1);
        assertThatThrownBy(waiting::get).hasCauseInstanceOf(TimeoutException.class);
    }

    /** T8, T9, list 4: whenever the predecessor goes, between list and watch or before the wait begins, the waiter hears of it. */
    @Test
    void noMomentOfThePredecessorsEndIsMissed() throws Exception {
        Duration noSafetyLook = Duration.ofSeconds(2);
        for (int millis = 0; millis <= 40; millis++) {
            Grant held = lock.acquire(SECOND);
            store.faults(two).delayReplies(Duration.ofMillis(10));
            CompletableFuture<Grant> waiting = other.acquireAsync(Duration.ofMinutes(1));
            store.advanceMillis(millis);
            held.release();
            store.advance(noSafetyLook);

            assertThat(waiting).as("released after " + millis + " ms").isCompleted();
            store.faults(two).delayReplies(Duration.ZERO);
            waiting.join().releaseAsync();
            store.advance(SECOND);
        }
    }

    /** T10: names that are no contenders' disturb nobody; those of other clients that are count. */
    @Test
    void foreignChildrenDoNotHangTheQueue() throws Exception {
        for (String name : List.of("garbage", "lock-", "x-lock-12a", "_c_-lock--5")) {
            two.nodes().create(PATH + "/" + name, new byte[0], CreateMode.PERSISTENT);
        }
        lock.acquire(SECOND).release();

        String foreign = PATH + "/_c_0f9d0b3c-52b1-4f4e-8f6a-4e5b62a0bb21-lock-0000000000";
        two.nodes().create(foreign, "10.0.0.7".getBytes(java.nio.charset.StandardCharsets.UTF_8), CreateMode.EPHEMERAL);
        assertThat(lock.tryAcquire()).isEmpty();
        CompletableFuture<Grant> waiting = lock.acquireAsync();
        assertThat(waiting).isNotDone();
        assertThat(lock.queue().holder().orElseThrow().owner()).isEqualTo("10.0.0.7");
        two.nodes().delete(foreign);
        assertThat(waiting).isCompleted();
    }

    /** T11, list 16: tokens rise over a counter near its wrap and over a directory that went and came again. */
    @Test
    void tokensRiseOverTheWrapAndTheDirectorysEnd() throws Exception {
        List<Long> tokens = new ArrayList<>();
        tokens.add(lock.acquire(SECOND).fencingToken());
        store.faults(one).expire();
        store.advance(SECOND);
        assertThat(one.nodes().subtree("/", 10)).isEmpty();
        String near = PATH + "/_c_0f9d0b3c-52b1-4f4e-8f6a-4e5b62a0bb21-lock-" + (Integer.MAX_VALUE - 2);
        two.nodes().create(near, new byte[0], CreateMode.EPHEMERAL);
        List<CompletableFuture<Grant>> waiting = new ArrayList<>();
        DistributedLock fair = DistributedLock.builder(two, PATH).fair(true).build();
        for (int i = 0; i < 6; i++) {
            waiting.add(fair.acquireAsync());
        }
        two.nodes().delete(near);
        for (CompletableFuture<Grant> next : waiting) {
            assertThat(next).isCompleted();
            tokens.add(next.join().fencingToken());
            next.join().release();
        }
        assertThat(tokens).hasSize(7).isSorted().doesNotHaveDuplicates();
    }

    /** T12: many waiters on one lock object cost a fixed number of requests for each grant. */
    @Test
    void manyWaitersOnOneObjectCostAFixedNumberOfRequestsEach() throws Exception {
        Optional<Grant> first = lock.tryAcquire();
        List<CompletableFuture<Grant>> waiting = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            waiting.add(lock.acquireAsync());
        }
        store.faults(one).resetRequests();
        first.orElseThrow().release();
        for (CompletableFuture<Grant> next : waiting) {
            next.join().release();
        }
        assertThat(store.faults(one).requests().total()).isLessThanOrEqualTo(2 * 100 + 1);
        assertThat(store.faults(one).requests().of(RequestKind.WATCH)).isZero();
    }
}
