package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link DistributedLock} does on every store. */
abstract class LockSuite extends RecipeSuite {
    private static final Duration LONG = Duration.ofSeconds(30);

    private Conclave one;
    private DistributedLock lock;
    private DistributedLock other;

    LockSuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() {
        one = world.client();
        lock = DistributedLock.of(one, "/locks/orders");
        other = DistributedLock.of(world.client(), "/locks/orders");
    }

    @Test
    void theNextIsGrantedWithALargerTokenWhenTheHolderReleases() throws Exception {
        Grant held = world.get(lock.acquireAsync());
        CompletableFuture<Grant> waiting = other.acquireAsync();
        assertThat(waiting).isNotDone();

        held.release();

        Grant next = world.get(waiting);
        assertThat(next.fencingToken()).isGreaterThan(held.fencingToken());
        next.release();
        world.await("nothing is left", () -> world.nodes().isEmpty());
    }

    @Test
    void aHolderWhoseSessionEndsIsToldAndTheNextIsGranted() throws Exception {
        Grant held = world.get(lock.acquireAsync());
        CompletableFuture<Grant> waiting = other.acquireAsync();

        world.expire(one);

        assertThat(held.isValid()).isFalse();
        assertThat(world.get(waiting).isValid()).isTrue();
        assertThatThrownBy(held::release).isInstanceOf(GrantLostException.class);
    }

    @Test
    void aHolderThatIsCutOffLosesItsGrantAndComesBackAsAWaiter() throws Exception {
        Grant held = world.get(lock.acquireAsync());
        CompletableFuture<Grant> waiting = other.acquireAsync();

        world.cut(one);

        Grant next = world.get(waiting);
        assertThat(held.isValid()).isFalse();
        world.heal(one);
        CompletableFuture<Grant> again = lock.acquireAsync();
        next.release();
        assertThat(world.get(again).fencingToken()).isGreaterThan(next.fencingToken());
    }

    @Test
    void aLostReplyToAnAcquireMakesOneGrantAndOneNode() throws Exception {
        CompletableFuture<?> lost = world.loseNextReply(one, path -> path.startsWith("/locks/"), false);
        CompletableFuture<Grant> acquiring = lock.acquireAsync();
        world.get(lost);

        assertThat(world.get(acquiring).isValid()).isTrue();
        world.await("one contender is there", () -> world.nodes().size() == 1);
    }

    @Test
    void aWaitEndsAtItsDeadlineAndLeavesNothing() throws Exception {
        Grant held = world.get(lock.acquireAsync());

        assertThatThrownBy(() -> world.get(other.acquireAsync(Duration.ofMillis(200))))
                .isInstanceOf(TimeoutException.class);

        world.await("the waiter's node is gone", () -> world.nodes().size() == 1);
        held.release();
    }

    @Test
    void anInterruptedWaitLeavesNothing() throws Exception {
        Grant held = world.get(lock.acquireAsync());
        CompletableFuture<Grant> waiting = world.background(() -> other.acquire(LONG));
        world.await("it waits", () -> world.nodes().size() == 2);

        world.interrupt(waiting);

        assertThatThrownBy(() -> world.get(waiting)).isInstanceOf(InterruptedException.class);
        world.await("the waiter's node is gone", () -> world.nodes().size() == 1);
        held.release();
    }
}
