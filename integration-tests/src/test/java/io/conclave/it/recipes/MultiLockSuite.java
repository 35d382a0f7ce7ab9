package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.lock.DistributedLock;
import io.conclave.lock.DistributedReadWriteLock;
import io.conclave.lock.FencedLock;
import io.conclave.lock.MultiGrant;
import io.conclave.lock.MultiLock;
import io.conclave.semaphore.DistributedSemaphore;
import io.conclave.semaphore.PermitsMismatchException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link MultiLock} does on every store. */
abstract class MultiLockSuite extends RecipeSuite {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration SHORT = Duration.ofMillis(300);

    private Conclave one;
    private Conclave two;

    MultiLockSuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() {
        one = world.client();
        two = world.client();
    }

    private DistributedLock lock(Conclave client, String name) {
        return DistributedLock.of(client, "/multi/" + name);
    }

    private void left(int nodes) throws Exception {
        world.await(nodes + " are left", () -> world.nodes().size() == nodes);
    }

    private boolean isFree(DistributedLock lock) throws Exception {
        return world.get(world.background(() -> {
            var grant = lock.tryAcquire();
            grant.ifPresent(Grant::release);
            return grant.isPresent();
        }));
    }

    /** MU1: of every kind, in one acquire; each with its own token, in the order in which they were given. */
    @Test
    void allKindsTogetherOrNone() throws Exception {
        DistributedReadWriteLock shared = DistributedReadWriteLock.of(one, "/multi/shared");
        DistributedReadWriteLock alone = DistributedReadWriteLock.of(one, "/multi/alone");
        DistributedSemaphore semaphore = DistributedSemaphore.of(one, "/multi/gpu", 3);
        FencedLock fenced = FencedLock.of(one, "/multi/fenced");
        MultiLock all =
                MultiLock.of(semaphore.permits(2), shared.readLock(), fenced, alone.writeLock(), lock(one, "plain"));

        MultiGrant grant = world.get(all.acquireAsync(LONG));

        assertThat(grant.isValid()).isTrue();
        assertThat(grant.validFor()).isPositive();
        assertThat(grant.grants())
                .extracting(Grant::path)
                .containsExactly("/multi/gpu", "/multi/shared", "/multi/fenced", "/multi/alone", "/multi/plain");
        assertThat(grant.of(all.parts().get(1)).path()).isEqualTo("/multi/shared");
        assertThat(grant.grants()).allMatch(each -> each.fencingToken() > 0);
        left(5);
        MultiLock others = MultiLock.of(
                DistributedReadWriteLock.of(two, "/multi/shared").readLock(),
                DistributedSemaphore.of(two, "/multi/gpu", 3).permits(1));
        world.get(others.acquireAsync(LONG)).release();
        MultiLock more = MultiLock.of(
                lock(two, "another"),
                DistributedSemaphore.of(two, "/multi/gpu", 3).permits(2));
        assertThat(world.get(world.background(more::tryAcquire))).isEmpty();
        left(5);
        world.get(grant.releaseAsync().thenApply(nothing -> true));
        assertThat(grant.isValid()).isFalse();
        left(0);
    }

    /** MU2: given in whatever order, they are taken in the same one. */
    @Test
    void twoInOppositeOrderNeverDeadLock() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<CompletableFuture<Void>> done = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            for (Conclave client : List.of(one, two)) {
                DistributedLock a = lock(client, "a");
                DistributedLock b = lock(client, "b");
                MultiLock both = client == one ? MultiLock.of(a, b) : MultiLock.of(b, a);
                done.add(both.acquireAsync(LONG).thenAccept(grant -> {
                    most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                    inside.decrementAndGet();
                    grant.releaseAsync();
                }));
            }
        }
        for (CompletableFuture<Void> each : done) {
            world.get(each);
        }
        assertThat(most).hasValue(1);
        left(0);
    }

    /** MU3, T37: one deadline for all; what was got is given back, what comes after is not asked for. */
    @Test
    void theDeadlineIsSharedAndTheRestIsGivenBack() throws Exception {
        Grant held = world.get(lock(two, "b").acquireAsync());
        MultiLock three = MultiLock.of(lock(one, "c"), lock(one, "b"), lock(one, "a"));
        CompletableFuture<MultiGrant> waiting = three.acquireAsync(Duration.ofSeconds(2));
        left(3); // a, and two at b
        assertThat(isFree(lock(two, "a"))).isFalse();
        assertThat(isFree(lock(two, "c"))).isTrue();

        assertThatThrownBy(() -> world.get(waiting)).isInstanceOf(TimeoutException.class);

        left(1);
        assertThat(isFree(lock(two, "a"))).isTrue();
        assertThatThrownBy(() -> world.get(three.acquireAsync(Duration.ZERO))).isInstanceOf(TimeoutException.class);
        left(1);
        held.release();
        world.get(three.acquireAsync(LONG)).release();
        left(0);
    }

    /** MU3, T37: a failure in the middle ends it, and what was got is given back. */
    @Test
    void aFailureInTheMiddleGivesBackTheRest() throws Exception {
        Grant permit = world.get(DistributedSemaphore.of(two, "/multi/m", 2).acquireAsync(1));
        MultiLock all = MultiLock.of(
                lock(one, "a"), DistributedSemaphore.of(one, "/multi/m", 3).permits(1), lock(one, "z"));
        assertThatThrownBy(() -> world.get(all.acquireAsync())).isInstanceOf(PermitsMismatchException.class);
        left(1);
        assertThatThrownBy(() -> world.get(world.background(() -> all.acquire(LONG))))
                .isInstanceOf(PermitsMismatchException.class);
        left(1);
        permit.release();
        world.get(all.acquireAsync()).close();
        left(0);
    }

    /** MU4: what is lost while the others are awaited is got again. */
    @Test
    void aPartThatIsLostMeanwhileIsGotAgain() throws Exception {
        Grant held = world.get(lock(two, "b").acquireAsync());
        MultiLock both = MultiLock.of(lock(one, "a"), lock(one, "b"));
        CompletableFuture<MultiGrant> waiting = both.acquireAsync();
        left(3);
        world.expire(one);
        left(3);
        assertThat(waiting).isNotDone();
        held.release();
        MultiGrant grant = world.get(waiting);
        assertThat(grant.isValid()).isTrue();
        grant.release();
        left(0);
    }

    /** MU4: the same by an operator who evicts one of them. */
    @Test
    void aHolderLearnsOfTheFirstLossAndReleasesTheRest() throws Exception {
        MultiLock both = MultiLock.of(lock(one, "a"), lock(one, "b"));
        MultiGrant grant = world.get(both.acquireAsync());
        AtomicInteger told = new AtomicInteger();
        grant.onLost(told::incrementAndGet);
        long token = grant.grants().get(0).fencingToken();
        world.get(world.background(() -> two.contenders("/multi/a").evict(token)));
        world.await("the loss is told", () -> told.get() == 1 && !grant.isValid());
        assertThatThrownBy(grant::requireValid).isInstanceOf(GrantLostException.class);
        assertThat(isFree(lock(two, "b"))).isFalse();
        assertThatThrownBy(() -> world.get(world.background(() -> {
                    grant.release();
                    return null;
                })))
                .isInstanceOf(GrantLostException.class);
        assertThat(isFree(lock(two, "b"))).isTrue();
        assertThat(told).hasValue(1);
        left(0);
    }

    /** MU5. */
    @Test
    void cancellingAndInterruptingLeaveNothing() throws Exception {
        Grant held = world.get(lock(two, "b").acquireAsync());
        MultiLock both = MultiLock.of(lock(one, "a"), lock(one, "b"));
        CompletableFuture<MultiGrant> waiting = both.acquireAsync();
        left(3);
        waiting.cancel(false);
        left(1);
        CompletableFuture<MultiGrant> blocked = world.background(() -> both.acquire(LONG));
        left(3);
        world.interrupt(blocked);
        assertThatThrownBy(() -> world.get(blocked)).isInstanceOf(InterruptedException.class);
        left(1);
        world.pass(SHORT);
        held.release();
        left(0);
    }

    /** MU6. */
    @Test
    void whatCannotBeHeldTogetherIsRefused() {
        DistributedReadWriteLock rw = DistributedReadWriteLock.of(one, "/multi/rw");
        assertThatThrownBy(() -> MultiLock.of(rw.readLock(), rw.writeLock()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("/multi/rw");
        assertThatThrownBy(() -> MultiLock.of(lock(one, "a"), FencedLock.of(one, "/multi/a")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> MultiLock.of(lock(one, "a"), lock(two, "b")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Conclave");
        assertThatThrownBy(MultiLock::of).isInstanceOf(IllegalArgumentException.class);
    }
}
