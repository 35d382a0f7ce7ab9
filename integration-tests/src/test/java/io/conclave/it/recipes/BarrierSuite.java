package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.barrier.DistributedBarrier;
import io.conclave.barrier.DistributedCountDownLatch;
import io.conclave.barrier.DistributedCyclicBarrier;
import io.conclave.barrier.DoubleBarrier;
import io.conclave.barrier.DoubleBarrier.Entry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the barriers do on every store. */
abstract class BarrierSuite extends RecipeSuite {
    private static final String PATH = "/barriers/jobs";
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final int LOST_REPLIES = Integer.getInteger("conclave.lostReplies", 4);

    private Conclave one;
    private Conclave two;
    private Conclave three;

    BarrierSuite(Store store) {
        super(store);
    }

    @BeforeEach
    void connect() {
        one = world.client();
        two = world.client();
        three = world.client();
    }

    /** Nothing is left but the barrier's own node. */
    private void awaitOnlyTheState() throws Exception {
        world.await(
                "only the barrier's node is left",
                () -> world.nodes().stream()
                        .allMatch(node -> node.path().toString().equals(PATH)));
    }

    private <T> T blocking(java.util.concurrent.Callable<T> call) throws Exception {
        return world.get(world.background(call));
    }

    private List<CompletableFuture<Entry>> enter(Conclave... clients) {
        List<CompletableFuture<Entry>> entering = new ArrayList<>();
        for (Conclave client : clients) {
            entering.add(DoubleBarrier.of(client, PATH, clients.length).enterAsync());
        }
        return entering;
    }

    @Test
    void aGateLetsThroughWhenItIsOpenedAlsoAfterALostSession() throws Exception {
        DistributedBarrier gate = DistributedBarrier.of(one, PATH);
        assertThat(world.get(gate.awaitAsync())).isTrue();
        assertThat(blocking(gate::block)).isTrue();
        CompletableFuture<Boolean> waiting = DistributedBarrier.of(two, PATH).awaitAsync();
        CompletableFuture<Boolean> late = DistributedBarrier.of(three, PATH).awaitAsync(SHORT);
        assertThatThrownBy(() -> world.get(late)).isInstanceOf(TimeoutException.class);
        world.expire(two);
        world.pass(SHORT);
        assertThat(waiting).isNotDone();
        assertThat(blocking(gate::open)).isTrue();
        assertThat(world.get(waiting)).isTrue();
        awaitOnlyTheState();
    }

    /** BA2: tells its own change, also when a rival undoes it before the loser finds out. */
    @Test
    @Timeout(1_200)
    void aChangeOfAGateWhoseReplyIsLostIsMadeOnce() throws Exception {
        DistributedBarrier rivals = DistributedBarrier.of(two, PATH);
        for (int i = 0; i < 2 * LOST_REPLIES; i++) {
            DistributedBarrier mine =
                    DistributedBarrier.of(one, PATH); // one that knows nothing, so its first commit applies
            boolean blocks = i % 2 == 0;
            boolean rival = i % 4 >= 2;
            CompletableFuture<?> lost = world.loseNextReply(one, PATH::equals, rival);
            CompletableFuture<Boolean> changing = world.background(blocks ? mine::block : mine::open);
            world.get(lost);
            if (rival) {
                assertThat(blocking(blocks ? rivals::open : rivals::block)).isTrue();
                world.heal(one);
            }
            assertThat(world.get(changing)).as("round " + i).isTrue();
            assertThat(blocking(rivals::isOpen)).as("round " + i).isEqualTo(blocks == rival);
            if (rival) {
                assertThat(blocking(blocks ? rivals::block : rivals::open)).isTrue();
            }
        }
    }

    /** A count-down whose reply is lost counts once, and the count is never negative. */
    @Test
    @Timeout(1_200)
    void aLatchOpensAtZeroAndCountsEachCountDownOnce() throws Exception {
        int count = LOST_REPLIES + 1;
        DistributedCountDownLatch mine = DistributedCountDownLatch.of(one, PATH, count);
        DistributedCountDownLatch others = DistributedCountDownLatch.of(two, PATH);
        CompletableFuture<Boolean> waiting =
                DistributedCountDownLatch.of(three, PATH).awaitAsync();
        for (int i = 0; i < LOST_REPLIES; i++) {
            CompletableFuture<?> lost = world.loseNextReply(one, PATH::equals, false);
            CompletableFuture<Long> counting = mine.countDownAsync();
            world.get(lost);
            assertThat(world.get(counting)).isEqualTo(count - 1L - i);
            assertThat(blocking(others::count)).isEqualTo(count - 1L - i);
        }
        assertThat(waiting).isNotDone();
        assertThat(world.get(others.countDownAsync())).isZero();
        assertThat(world.get(waiting)).isTrue();
        assertThat(world.get(mine.countDownAsync())).isZero();
        assertThat(blocking(mine::restart)).isTrue();
        assertThatThrownBy(() -> world.get(others.awaitAsync(SHORT))).isInstanceOf(TimeoutException.class);
    }

    /** T25: leave returns only when all have left. */
    @Test
    void allEnterTogetherAndLeaveTogether() throws Exception {
        List<CompletableFuture<Entry>> first = enter(one, two, three);
        List<CompletableFuture<Boolean>> leaving = new ArrayList<>();
        for (CompletableFuture<Entry> entry : first.subList(0, 2)) {
            leaving.add(world.get(entry).leaveAsync());
        }
        world.pass(SHORT);
        assertThat(leaving).noneMatch(CompletableFuture::isDone);
        leaving.add(world.get(first.get(2)).leaveAsync());
        for (CompletableFuture<Boolean> one : leaving) {
            assertThat(world.get(one)).isTrue();
        }
        awaitOnlyTheState();
        for (CompletableFuture<Entry> entry : enter(one, two, three)) {
            assertThat(world.get(entry).generation()).isEqualTo(2);
        }
    }

    /** T21: what an earlier run left behind lets nobody through; T22: nor does a member that gave up, by time or by interrupt. */
    @Test
    void nobodyEntersByAnEarlierRunOrByMembersThatGaveUp() throws Exception {
        String stale = """
                conclave-barrier/1
                kind=double-barrier
                generation=7
                parties=2
                broken=0
                member=_c_0-member-0
                member=_c_1-member-1
                """;
        blocking(() -> {
            three.nodes().set(PATH, stale.getBytes(StandardCharsets.UTF_8));
            return true;
        });
        DoubleBarrier barrier = DoubleBarrier.of(one, PATH, 2);
        assertThatThrownBy(() -> world.get(barrier.enterAsync(SHORT))).isInstanceOf(TimeoutException.class);
        awaitOnlyTheState();
        CompletableFuture<Entry> interrupted = world.background(() -> barrier.enter(LONG));
        world.await("it stands there", () -> world.nodes().size() == 2);
        world.interrupt(interrupted);
        assertThatThrownBy(() -> world.get(interrupted)).isInstanceOf(InterruptedException.class);
        awaitOnlyTheState();
        CompletableFuture<Entry> later = DoubleBarrier.of(two, PATH, 2).enterAsync();
        world.pass(SHORT);
        assertThat(later).isNotDone();
        CompletableFuture<Entry> other = barrier.enterAsync();
        assertThat(world.get(later).generation()).isEqualTo(8);
        assertThat(world.get(other).generation()).isEqualTo(8);
    }

    /** T23: a member that is cut off, or whose session ends while it waits, comes again by itself and counts once. */
    @Test
    void aMemberWhoseSessionEndsWhileItEntersCountsOnce() throws Exception {
        CompletableFuture<Entry> first = DoubleBarrier.of(one, PATH, 2).enterAsync();
        world.await("it stands there", () -> world.nodes().size() == 2);
        world.cut(one);
        world.heal(one);
        world.expire(one);
        world.await("it stands there again", () -> world.nodes().size() == 2);
        assertThat(first).isNotDone();
        CompletableFuture<Entry> second = DoubleBarrier.of(two, PATH, 2).enterAsync();
        assertThat(world.get(first).generation()).isEqualTo(world.get(second).generation());
    }

    /** T26: a death inside is told as broken, to itself too, and holds nobody. */
    @Test
    void aDeathInsideIsToldAsBroken() throws Exception {
        List<CompletableFuture<Entry>> entering = enter(one, two);
        Entry dead = world.get(entering.get(1));
        CompletableFuture<Boolean> leaving = world.get(entering.get(0)).leaveAsync();
        world.expire(two);
        assertThatThrownBy(() -> world.get(leaving)).isInstanceOf(BrokenBarrierException.class);
        assertThatThrownBy(() -> world.get(dead.leaveAsync())).isInstanceOf(BrokenBarrierException.class);
        awaitOnlyTheState();
    }

    /** T24, T26: replies to the commits that enter and leave are lost; nobody is doubled, stuck or left behind. */
    @Test
    @Timeout(1_200)
    void lostRepliesNeitherDoubleNorLoseAMember() throws Exception {
        DoubleBarrier mine = DoubleBarrier.of(one, PATH, 2);
        for (int i = 0; i < LOST_REPLIES; i++) {
            boolean cut = i % 2 == 1;
            CompletableFuture<?> lost = world.loseNextReply(one, path -> path.startsWith(PATH + "/members"), cut);
            CompletableFuture<Entry> entering = mine.enterAsync();
            world.get(lost);
            CompletableFuture<Entry> other = DoubleBarrier.of(two, PATH, 2).enterAsync();
            world.heal(one);
            Entry entry = world.get(entering);
            Entry others = world.get(other);
            assertThat(others.generation()).isEqualTo(entry.generation());
            CompletableFuture<?> again = world.loseNextReply(one, PATH::equals, cut);
            CompletableFuture<Boolean> leaving = entry.leaveAsync();
            world.get(again);
            CompletableFuture<Boolean> last = others.leaveAsync();
            world.heal(one);
            assertThat(world.get(leaving)).isTrue();
            assertThat(world.get(last)).isTrue();
            awaitOnlyTheState();
        }
    }

    @Test
    void aCyclicBarrierLetsThroughAgainAndAgain() throws Exception {
        List<DistributedCyclicBarrier> members = new ArrayList<>();
        for (Conclave client : List.of(one, two, three)) {
            members.add(DistributedCyclicBarrier.of(client, PATH, 3));
        }
        for (int round = 0; round < 3; round++) {
            List<CompletableFuture<Integer>> waiting =
                    members.stream().map(DistributedCyclicBarrier::awaitAsync).toList();
            List<Integer> order = new ArrayList<>();
            for (CompletableFuture<Integer> one : waiting) {
                order.add(world.get(one));
            }
            assertThat(order).containsExactlyInAnyOrder(0, 1, 2);
        }
        awaitOnlyTheState();
    }

    @Test
    void aDeathOrATimeoutBreaksACyclicBarrierUntilItIsReset() throws Exception {
        DistributedCyclicBarrier mine = DistributedCyclicBarrier.of(one, PATH, 3);
        DistributedCyclicBarrier others = DistributedCyclicBarrier.of(two, PATH, 3);
        CompletableFuture<Integer> first = mine.awaitAsync();
        world.await("one waits", () -> world.nodes().size() == 2);
        CompletableFuture<Integer> second = others.awaitAsync();
        world.await("two wait", () -> world.nodes().size() == 3);
        world.expire(two);
        assertThatThrownBy(() -> world.get(first)).isInstanceOf(BrokenBarrierException.class);
        assertThatThrownBy(() -> world.get(second)).isInstanceOf(BrokenBarrierException.class);
        assertThatThrownBy(() -> world.get(mine.awaitAsync())).isInstanceOf(BrokenBarrierException.class);
        assertThat(blocking(others::isBroken)).isTrue();
        blocking(() -> {
            others.reset();
            return true;
        });
        CompletableFuture<Integer> third = mine.awaitAsync();
        world.await("one waits", () -> world.nodes().size() == 2);
        CompletableFuture<Integer> late = others.awaitAsync(SHORT);
        assertThatThrownBy(() -> world.get(late)).isInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> world.get(third)).isInstanceOf(BrokenBarrierException.class);
        awaitOnlyTheState();
    }

    /** Whoever joins or lets through without hearing of it passes once. */
    @Test
    @Timeout(1_200)
    void lostRepliesOfACyclicBarrierNeitherDoubleNorLoseAMember() throws Exception {
        DistributedCyclicBarrier mine = DistributedCyclicBarrier.of(one, PATH, 2);
        DistributedCyclicBarrier others = DistributedCyclicBarrier.of(two, PATH, 2);
        for (int i = 0; i < LOST_REPLIES; i++) {
            boolean cut = i % 2 == 1;
            CompletableFuture<?> lost = world.loseNextReply(one, path -> path.startsWith(PATH + "/members"), cut);
            CompletableFuture<Integer> first = mine.awaitAsync();
            world.get(lost);
            CompletableFuture<Integer> second = others.awaitAsync();
            world.heal(one);
            assertThat(List.of(world.get(first), world.get(second)))
                    .as("round %d", i)
                    .containsExactlyInAnyOrder(0, 1);
            awaitOnlyTheState();
        }
    }
}
