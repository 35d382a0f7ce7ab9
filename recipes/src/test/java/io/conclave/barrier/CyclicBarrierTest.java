package io.conclave.barrier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.TestStore;
import io.conclave.backend.inmemory.Fault;
import io.conclave.spi.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The cyclic barrier with virtual time. */
@Timeout(60)
class CyclicBarrierTest {
    private static final String PATH = "/barriers/rounds";
    private static final int LOST_REPLIES = 200;

    private final TestStore store = new TestStore();
    private final List<Conclave> clients = new ArrayList<>();
    private final Conclave onlooker = store.connect();

    @AfterEach
    void close() {
        store.close();
    }

    private DistributedCyclicBarrier member(int parties) {
        Conclave client = store.connect();
        clients.add(client);
        return DistributedCyclicBarrier.of(client, PATH, parties);
    }

    private List<String> members() throws InterruptedException {
        return onlooker.nodes().subtree(PATH + "/members", 1_000).stream()
                .map(Node::name)
                .toList();
    }

    private static void assertBroken(CompletableFuture<Integer> waiting) {
        assertThat(waiting).isCompletedExceptionally();
        assertThatThrownBy(waiting::get).hasCauseInstanceOf(BrokenBarrierException.class);
    }

    @Test
    void allPassTogetherAgainAndAgainAndTellTheOrderOfArrival() throws Exception {
        List<DistributedCyclicBarrier> members = List.of(member(3), member(3), member(3));
        for (int round = 0; round < 4; round++) {
            List<CompletableFuture<Integer>> waiting =
                    members.stream().map(DistributedCyclicBarrier::awaitAsync).toList();
            store.advanceMillis(100);
            assertThat(waiting.stream().map(CompletableFuture::join)).containsExactly(2, 1, 0);
            assertThat(members()).isEmpty();
        }
        assertThat(store.faults().runningWatches()).isEqualTo(4); // those of the epoch
    }

    @Test
    void nobodyPassesBeforeAllAreThere() throws Exception {
        CompletableFuture<Integer> first = member(3).awaitAsync();
        CompletableFuture<Integer> second = member(3).awaitAsync();
        store.advanceMillis(60_000);
        assertThat(first).isNotDone();
        assertThat(second).isNotDone();
        assertThat(member(3).waiting()).isEqualTo(2);
    }

    @Test
    void aTimeoutBreaksTheBarrierForAllUntilItIsReset() throws Exception {
        DistributedCyclicBarrier one = member(3);
        CompletableFuture<Integer> first = one.awaitAsync();
        CompletableFuture<Integer> second = member(3).awaitAsync(Duration.ofSeconds(1));
        store.advanceMillis(1_001);
        assertThatThrownBy(second::get).hasCauseInstanceOf(TimeoutException.class);
        assertBroken(first);
        assertThat(one.isBroken()).isTrue();
        assertThat(members()).isEmpty();
        assertBroken(one.awaitAsync());
        one.reset();
        assertThat(one.isBroken()).isFalse();
        assertThat(one.awaitAsync()).isNotDone();
    }

    @Test
    void aCancellationBreaksTheBarrierWhicheverMemberItIs() throws Exception {
        for (int gone = 0; gone < 3; gone++) {
            List<CompletableFuture<Integer>> waiting = new ArrayList<>();
            DistributedCyclicBarrier barrier = member(4);
            for (int i = 0; i < 3; i++) {
                waiting.add(member(4).awaitAsync());
            }
            waiting.get(gone).cancel(false);
            store.advanceMillis(1_000);
            for (int i = 0; i < 3; i++) {
                if (i != gone) {
                    assertBroken(waiting.get(i));
                }
            }
            assertThat(members()).isEmpty();
            barrier.reset();
        }
    }

    @Test
    void aDeathBreaksTheBarrierWhicheverMemberItIs() throws Exception {
        for (int dead = 0; dead < 3; dead++) {
            clients.clear();
            List<CompletableFuture<Integer>> waiting = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                waiting.add(member(4).awaitAsync());
            }
            store.faults(clients.get(dead)).expire();
            store.advanceMillis(2_000);
            waiting.forEach(CyclicBarrierTest::assertBroken);
            assertThat(members()).isEmpty();
            DistributedCyclicBarrier.of(onlooker, PATH, 4).reset();
        }
    }

    /** BA7: who died does not come back to tell. */
    @Test
    void aMemberThatNeverComesBackIsMissedByTheOthers() throws Exception {
        List<CompletableFuture<Integer>> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiting.add(member(4).awaitAsync());
        }
        store.faults(clients.get(1)).suspend();
        for (int i = 0; i < 10; i++) {
            store.advanceMillis(1_000);
        }
        assertBroken(waiting.get(0));
        assertBroken(waiting.get(2));
        assertThat(members()).isEmpty();
    }

    /** BA7: nobody else is there to miss it. */
    @Test
    void aLoneMemberThatLosesItsSessionOrItsNodeBreaksTheBarrier() throws Exception {
        DistributedCyclicBarrier barrier = member(2);
        CompletableFuture<Integer> expired = barrier.awaitAsync();
        store.faults(clients.get(0)).expire();
        store.advanceMillis(2_000);
        assertBroken(expired);
        assertThat(barrier.isBroken()).isTrue();
        barrier.reset();
        CompletableFuture<Integer> evicted = barrier.awaitAsync();
        onlooker.nodes().delete(PATH + "/members/" + members().get(0));
        store.advanceMillis(2_000);
        assertBroken(evicted);
        assertThat(barrier.isBroken()).isTrue();
        assertThat(members()).isEmpty();
    }

    /** BA1: the news that a generation is broken comes when the next one gathers. */
    @Test
    void aLateBreakDoesNotBreakTheNextGeneration() throws Exception {
        CompletableFuture<Integer> first = member(3).awaitAsync(Duration.ofSeconds(1));
        store.faults(clients.get(0)).onCommit(any -> true, 1, Fault.HOLD_REQUEST);
        store.advanceMillis(1_001);
        assertThatThrownBy(first::get).hasCauseInstanceOf(TimeoutException.class);
        DistributedCyclicBarrier next = member(3);
        assertThat(next.isBroken()).as("broken while the news is on its way").isFalse();
        next.reset();
        CompletableFuture<Integer> second = next.awaitAsync();
        store.faults(clients.get(0)).releaseHeldCommits();
        store.advanceMillis(2_000);
        assertThat(next.isBroken()).isFalse();
        assertThat(second).isNotDone();
        assertThat(members()).as("nodes of those who wait").hasSize(1);
    }

    @Test
    void aResetBreaksThoseWhoWaitAndTheirNodesDoNotCount() throws Exception {
        CompletableFuture<Integer> first = member(2).awaitAsync();
        store.faults(clients.get(0)).suspend();
        DistributedCyclicBarrier two = member(2);
        two.reset();
        CompletableFuture<Integer> second = two.awaitAsync();
        store.advanceMillis(500);
        assertThat(second).isNotDone();
        store.faults(clients.get(0)).heal();
        store.advanceMillis(2_000);
        assertBroken(first);
        assertThat(second).isNotDone();
        assertThat(member(2).awaitAsync()).isCompletedWithValue(0);
        assertThat(second).isCompletedWithValue(1);
    }

    @Test
    void theSurplusMemberWaitsForTheNextGeneration() throws Exception {
        CompletableFuture<Integer> first = member(2).awaitAsync();
        DistributedCyclicBarrier slow = member(2);
        store.faults(clients.get(1)).onCommit(commit -> commit.writes().size() > 1, 1, Fault.HOLD_REQUEST);
        CompletableFuture<Integer> second = slow.awaitAsync();
        CompletableFuture<Integer> surplus = member(2).awaitAsync(); // sees three, and lets the first two through
        store.advanceMillis(100);
        assertThat(first).isCompletedWithValue(1);
        assertThat(surplus).isNotDone();
        store.faults(clients.get(1)).releaseHeldCommits();
        store.advanceMillis(2_000);
        assertThat(second).isCompletedWithValue(0);
        assertThat(surplus).isNotDone();
        assertThat(members()).hasSize(1);
        assertThat(member(2).awaitAsync()).isCompletedWithValue(0);
        assertThat(surplus).isCompletedWithValue(1);
    }

    @Test
    void anotherNumberOfPartiesIsToldUnlessNobodyWaits() throws Exception {
        CompletableFuture<Integer> first = member(2).awaitAsync();
        CompletableFuture<Integer> wrong = member(3).awaitAsync();
        assertThatThrownBy(wrong::get)
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("for 2 parties, not for 3");
        assertThat(first).isNotDone();
        assertThat(member(2).awaitAsync()).isCompletedWithValue(0);
        assertThat(member(1).awaitAsync()).isCompletedWithValue(0);
    }

    @Test
    void aWaitOfZeroLooksOnceAndBreaks() throws Exception {
        DistributedCyclicBarrier one = member(2);
        CompletableFuture<Integer> once = one.awaitAsync(Duration.ZERO);
        assertThatThrownBy(once::get).hasCauseInstanceOf(TimeoutException.class);
        store.advanceMillis(100);
        assertThat(one.isBroken()).isTrue();
        assertThat(members()).isEmpty();
    }

    /** The answer to the commit that joins, or that lets through, is lost; every second time a rival resets or cancels before the loser finds out. */
    @Test
    void lostRepliesNeitherDoubleNorLoseAMember() throws Exception {
        DistributedCyclicBarrier one = member(2);
        DistributedCyclicBarrier two = member(2);
        DistributedCyclicBarrier rivals = DistributedCyclicBarrier.of(onlooker, PATH, 2);
        int broken = 0;
        for (int i = 0; i < LOST_REPLIES; i++) {
            boolean rival = i % 2 == 0;
            boolean joining = i % 4 < 2;
            CompletableFuture<Integer> first = one.awaitAsync();
            store.faults(clients.get(0)).suspend(); // so that the second lets both through
            store.faults(clients.get(1)).onCommit(any -> true, joining ? 1 : 2, Fault.DROP_REPLY_AND_STAY_CUT);
            CompletableFuture<Integer> second = two.awaitAsync();
            assertThat(second).as("round %d", i).isNotDone();
            if (rival) {
                rivals.reset();
            }
            store.faults(clients.get(1)).heal();
            store.advanceMillis(2_000);
            store.faults(clients.get(0)).heal();
            store.advanceMillis(2_000);
            if (rival && joining) {
                assertBroken(first);
                assertBroken(second);
                broken++;
            } else {
                assertThat(first).as("round %d", i).isCompletedWithValue(1);
                assertThat(second).as("round %d", i).isCompletedWithValue(0);
            }
            assertThat(one.isBroken()).isFalse();
            assertThat(members()).as("round %d", i).isEmpty();
        }
        assertThat(broken).isEqualTo(LOST_REPLIES / 4);
    }
}
