package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.semaphore.DistributedSemaphore;
import io.conclave.semaphore.PermitsMismatchException;
import io.conclave.semaphore.SemaphoreView;
import io.conclave.spi.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@link DistributedSemaphore} does on every store. */
abstract class SemaphoreSuite extends RecipeSuite {
    private static final String PATH = "/permits/gpu";
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration WOKEN = Duration.ofSeconds(25);
    private static final Duration SHORT = Duration.ofMillis(300);

    private Conclave one;
    private Conclave two;
    private DistributedSemaphore first;
    private DistributedSemaphore second;

    SemaphoreSuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() {
        one = world.client();
        two = world.client();
        first = DistributedSemaphore.of(one, PATH, 4);
        second = DistributedSemaphore.of(two, PATH, 4);
    }

    private FencedGrant take(DistributedSemaphore semaphore, int count) throws Exception {
        return world.get(semaphore.acquireAsync(count));
    }

    /** A waiter, once it stands in the store's queue behind so many others. It has to be woken: its deadline comes before the engine's look for safety's sake. */
    private CompletableFuture<FencedGrant> queued(DistributedSemaphore semaphore, int count, int behind)
            throws Exception {
        CompletableFuture<FencedGrant> waiting = semaphore.acquireAsync(count, WOKEN);
        world.await("it stands in the queue", () -> contenders().size() == behind + 1);
        assertThat(waiting).isNotDone();
        return waiting;
    }

    private List<Node> contenders() throws Exception {
        return world.nodes().stream()
                .filter(node -> node.name().contains("-permits-"))
                .toList();
    }

    private void nobodyIsLeft() throws Exception {
        world.await("nobody is left", () -> contenders().isEmpty());
    }

    private SemaphoreView view() throws Exception {
        return world.get(world.background(() -> first.view()));
    }

    private void resize(int permits) throws Exception {
        world.get(world.background(() -> {
            second.resize(permits);
            return null;
        }));
    }

    /** SE1: any number of permits makes one node. */
    @Test
    void severalPermitsAreOneNodeWhoseNameSaysHowMany() throws Exception {
        FencedGrant three = take(first, 3);

        assertThat(world.nodes()).hasSize(1);
        assertThat(world.nodes().get(0).name()).contains("-3of4-permits-");
        assertThat(view().available()).isEqualTo(1);
        assertThat(world.get(world.background(() -> second.tryAcquire(2)))).isEmpty();
        FencedGrant last =
                world.get(world.background(() -> second.tryAcquire())).orElseThrow();
        assertThat(last.fencingToken()).isGreaterThan(three.fencingToken());
        last.release();
        three.release();
        world.await("nothing is left", () -> world.nodes().isEmpty());
    }

    /** SE2, T17: two who want all of it get it one after the other; neither holds a part. */
    @Test
    void twoWhoWantAllGetAllInTurn() throws Exception {
        FencedGrant some = take(first, 2);
        CompletableFuture<FencedGrant> all = queued(first, 4, 1);
        CompletableFuture<FencedGrant> allToo = queued(second, 4, 2);
        CompletableFuture<FencedGrant> little = queued(first, 1, 3);

        world.pass(SHORT);
        assertThat(all).isNotDone();
        assertThat(little).as("who wants little does not overtake").isNotDone();
        some.release();
        FencedGrant turn = world.get(all);
        assertThat(allToo).isNotDone();
        turn.release();
        FencedGrant nextTurn = world.get(allToo);
        assertThat(little).isNotDone();
        nextTurn.release();
        world.get(little).release();
        nobodyIsLeft();
    }

    /** SE3: whoever leaves, the permits go on at once, to as many as fit. */
    @Test
    void permitsThatComeBackOutOfOrderAreGivenOut() throws Exception {
        List<FencedGrant> held = List.of(take(first, 1), take(second, 1), take(first, 1), take(second, 1));
        List<CompletableFuture<FencedGrant>> waiting = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waiting.add(queued(i % 2 == 0 ? second : first, 1, 4 + i));
        }
        held.get(2).release();
        world.get(waiting.get(0));
        held.get(3).release();
        world.get(waiting.get(1));
        held.get(0).release();
        world.get(waiting.get(2));
        world.get(waiting.get(0)).release();
        world.get(waiting.get(3));
        held.get(1).release();
        for (CompletableFuture<FencedGrant> grant : waiting.subList(1, 4)) {
            world.get(grant).release();
        }
        nobodyIsLeft();
    }

    /** SE3: what one gives back may be enough for several. */
    @Test
    void manyAreGrantedByOneRelease() throws Exception {
        FencedGrant all = take(first, 4);
        CompletableFuture<FencedGrant> a = queued(second, 1, 1);
        CompletableFuture<FencedGrant> b = queued(first, 1, 2);
        CompletableFuture<FencedGrant> c = queued(second, 2, 3);
        all.release();
        world.get(a);
        world.get(b);
        world.get(c);
        assertThat(view().available()).isZero();
        world.get(b).release();
        world.get(a).release();
        world.get(c).release();
        nobodyIsLeft();
    }

    /** SE3: a waiter in the middle that gives up does not hold up those behind it. */
    @Test
    void aWaiterThatGivesUpLetsTheOthersPass() throws Exception {
        FencedGrant three = take(first, 3);
        CompletableFuture<FencedGrant> big = queued(first, 4, 1);
        CompletableFuture<FencedGrant> middle = queued(second, 1, 2);
        CompletableFuture<FencedGrant> last = queued(first, 1, 3);
        middle.cancel(false);
        big.cancel(false);
        world.get(last).release();
        three.release();
        nobodyIsLeft();
    }

    /** SE4, T18: more permits wake as many as fit. */
    @Test
    void resizingUpWakesThoseWhoWait() throws Exception {
        FencedGrant all = take(first, 4);
        List<CompletableFuture<FencedGrant>> waiting = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waiting.add(queued(i % 2 == 0 ? second : first, 1, 1 + i));
        }
        resize(7);
        for (int i = 0; i < 3; i++) {
            world.get(waiting.get(i));
        }
        world.pass(SHORT);
        assertThat(waiting.get(3)).isNotDone();
        assertThat(view().permits()).isEqualTo(7);
        resize(8);
        world.get(waiting.get(3));
        for (CompletableFuture<FencedGrant> grant : waiting) {
            world.get(grant).release();
        }
        all.release();
        nobodyIsLeft();
        assertThat(world.nodes()).hasSize(1);
    }

    /** SE4, T18: fewer permits revoke nobody; what comes back is not given out before the rest fits. Also when holders stay who look like waiters by the new number. */
    @Test
    void resizingDownRevokesNobody() throws Exception {
        List<FencedGrant> held = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            held.add(take(i % 2 == 0 ? first : second, 1));
        }
        resize(2);
        assertThat(held).allMatch(Grant::isValid);
        CompletableFuture<FencedGrant> next = queued(second, 1, 4);
        CompletableFuture<FencedGrant> afterIt = queued(first, 1, 5);
        held.get(0).release();
        held.get(1).release();
        world.pass(SHORT);
        assertThat(next).as("two are still held").isNotDone();
        held.get(2).release();
        world.get(next);
        world.pass(SHORT);
        assertThat(afterIt).isNotDone();
        resize(3);
        world.get(afterIt).release();
        held.get(3).release();
        world.get(next).release();
        nobodyIsLeft();
    }

    /** SE5: who wants more than a resize has left is told, when its turn comes. */
    @Test
    void whoWantsMoreThanThereIsIsTold() throws Exception {
        FencedGrant three = take(first, 3);
        CompletableFuture<FencedGrant> waiting = queued(second, 3, 1);
        CompletableFuture<FencedGrant> behind = queued(first, 1, 2);
        resize(2);
        assertThatThrownBy(() -> world.get(waiting))
                .isInstanceOf(PermitsMismatchException.class)
                .hasMessageContaining("resized to 2");
        assertThatThrownBy(() -> take(second, 3)).isInstanceOf(PermitsMismatchException.class);
        three.release();
        world.get(behind).release();
        nobodyIsLeft();
    }

    /** SE5: callers who declare different numbers are told, and leave nothing. */
    @Test
    void callersWithDifferentNumbersAreTold() throws Exception {
        FencedGrant held = take(first, 1);
        DistributedSemaphore other = DistributedSemaphore.of(two, PATH, 5);
        assertThatThrownBy(() -> take(other, 1))
                .isInstanceOf(PermitsMismatchException.class)
                .hasMessageContaining("5 permits")
                .hasMessageContaining("4");
        assertThatThrownBy(() -> world.get(world.background(() -> other.tryAcquire())))
                .isInstanceOf(PermitsMismatchException.class);
        world.await("the one who was told is gone", () -> contenders().size() == 1);
        assertThat(held.isValid()).isTrue();

        resize(2);
        FencedGrant agreed = take(other, 1);
        agreed.release();
        held.release();
        nobodyIsLeft();
    }

    /** SE6: permits of a holder whose session ends come back, all of them and once. */
    @Test
    void permitsOfADeadHolderComeBack() throws Exception {
        FencedGrant mine = take(first, 3);
        CompletableFuture<FencedGrant> all = queued(second, 4, 1);
        world.expire(one);
        FencedGrant got = world.get(all);
        assertThat(mine.isValid()).isFalse();
        assertThatThrownBy(mine::release).isInstanceOf(GrantLostException.class);
        assertThat(view().available()).isZero();
        got.release();
        got.release();
        assertThat(view().available()).isEqualTo(4);
        nobodyIsLeft();
    }

    /** SE6. */
    @Test
    void aHolderThatIsCutOffLosesItsPermits() throws Exception {
        FencedGrant mine = take(first, 4);
        CompletableFuture<FencedGrant> next = queued(second, 2, 1);
        world.cut(one);
        assertThat(world.get(next).isValid()).isTrue();
        assertThat(mine.isValid()).isFalse();
        world.heal(one);
        take(first, 2).release();
        world.get(next).release();
        nobodyIsLeft();
    }

    /** SE7, T16: a waiter whose node is removed, or whose session ends, queues again at the tail; those behind it are not held up. */
    @Test
    void aWaiterWhoseNodeIsGoneQueuesAgain() throws Exception {
        FencedGrant all = take(second, 4);
        CompletableFuture<FencedGrant> waiting = queued(first, 1, 1);
        CompletableFuture<FencedGrant> behind = queued(second, 3, 2);
        world.expire(one);
        world.await("it is back at the tail", () -> contenders().size() == 3);
        String evicted = contenders().stream()
                .filter(node -> node.name().contains("-1of4-"))
                .findFirst()
                .orElseThrow()
                .path()
                .toString();
        world.get(world.background(() -> two.nodes().delete(evicted)));
        all.release();
        world.get(behind).release();
        world.get(waiting).release();
        nobodyIsLeft();
    }

    /** SE7, T16. */
    @Test
    void waitsThatEndLeaveNothing() throws Exception {
        FencedGrant all = take(first, 4);
        assertThatThrownBy(() -> world.get(second.acquireAsync(2, SHORT))).isInstanceOf(TimeoutException.class);
        CompletableFuture<FencedGrant> blocked = world.background(() -> second.acquire(2, LONG));
        world.await("it waits", () -> contenders().size() == 2);
        world.interrupt(blocked);
        assertThatThrownBy(() -> world.get(blocked)).isInstanceOf(InterruptedException.class);
        world.await("the waiters are gone", () -> contenders().size() == 1);
        all.release();
        nobodyIsLeft();
    }

    /** SE7: the reply to a create is lost. */
    @Test
    void aLostReplyMakesOneGrant() throws Exception {
        CompletableFuture<?> lost = world.loseNextReply(one, path -> path.startsWith("/permits"), false);
        CompletableFuture<FencedGrant> taking = first.acquireAsync(3);
        world.get(lost);
        FencedGrant three = world.get(taking);
        assertThat(contenders()).hasSize(1);
        assertThat(view().available()).isEqualTo(1);
        three.release();
        nobodyIsLeft();
    }

    /** SE8: a grant guards its writes. */
    @Test
    void aGrantWritesOnlyWhileItHoldsItsPermits() throws Exception {
        FencedGrant grant = take(first, 1);
        world.get(world.background(() -> {
            grant.write("/data/x", new byte[] {1});
            return null;
        }));
        world.expire(one);
        assertThatThrownBy(() -> world.get(world.background(() -> {
                    grant.write("/data/x", new byte[] {2});
                    return null;
                })))
                .isInstanceOf(GrantLostException.class);
        assertThat(one.nodes().get("/data/x").orElseThrow().data().toByteArray())
                .containsExactly(1);
    }

    /** SE1, M5: never more than there are, whatever the batches; in the end all are free. */
    @Test
    void randomBatchesNeverTakeMoreThanThereAre() throws Exception {
        long seed = Long.getLong("conclave.seed", System.nanoTime());
        AtomicInteger taken = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<CompletableFuture<Void>> done = new ArrayList<>();
        Random random = new Random(seed);
        for (int i = 0; i < 24; i++) {
            int count = 1 + random.nextInt(4);
            done.add((i % 2 == 0 ? first : second).acquireAsync(count).thenAccept(grant -> {
                most.accumulateAndGet(taken.addAndGet(count), Math::max);
                taken.addAndGet(-count);
                grant.releaseAsync();
            }));
        }
        for (CompletableFuture<Void> one : done) {
            world.get(one);
        }
        assertThat(most.get()).as("seed " + seed).isLessThanOrEqualTo(4);
        nobodyIsLeft();
        assertThat(view().available()).isEqualTo(4);
    }
}
