package io.conclave.barrier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.TestStore;
import io.conclave.backend.inmemory.Fault;
import io.conclave.barrier.DoubleBarrier.Entry;
import io.conclave.spi.Node;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The double barrier with virtual time: awkward moments, step by step. */
@Timeout(60)
class DoubleBarrierTest {
    private static final String PATH = "/barriers/jobs";
    private static final int LOST_REPLIES = 200;

    private final TestStore store = new TestStore();
    private final List<Conclave> clients = new ArrayList<>();
    private final Conclave onlooker = store.connect();

    @AfterEach
    void close() {
        store.close();
    }

    private DoubleBarrier member(int parties) {
        Conclave client = store.connect();
        clients.add(client);
        return DoubleBarrier.of(client, PATH, parties);
    }

    private List<String> members() throws InterruptedException {
        return onlooker.nodes().subtree(PATH + "/members", 1_000).stream()
                .map(Node::name)
                .toList();
    }

    private static Entry entered(CompletableFuture<Entry> future) {
        assertThat(future).isCompleted();
        return future.join();
    }

    @Test
    void allEnterAndLeaveTogetherAgainAndAgain() throws Exception {
        DoubleBarrier one = member(2);
        DoubleBarrier two = member(2);
        for (int generation = 1; generation <= 3; generation++) {
            CompletableFuture<Entry> first = one.enterAsync();
            assertThat(first).isNotDone();
            CompletableFuture<Entry> second = two.enterAsync();
            assertThat(entered(first).generation()).isEqualTo(generation);
            assertThat(entered(first).index()).isZero();
            assertThat(entered(second).index()).isEqualTo(1);
            CompletableFuture<Boolean> leaving = first.join().leaveAsync();
            assertThat(leaving).isNotDone();
            CompletableFuture<Boolean> last = second.join().leaveAsync();
            assertThat(leaving).isCompletedWithValue(true);
            assertThat(last).isCompletedWithValue(true);
            assertThat(members()).isEmpty();
        }
    }

    /** T21: what an earlier run left behind lets nobody through. */
    @Test
    void aStateOfAnEarlierRunLetsNobodyThrough() throws Exception {
        String stale = """
                conclave-barrier/1
                kind=double-barrier
                generation=7
                parties=3
                broken=0
                member=_c_0-member-0
                member=_c_1-member-1
                member=_c_2-member-2
                """;
        onlooker.nodes().set(PATH, stale.getBytes(StandardCharsets.UTF_8));
        CompletableFuture<Entry> first = member(3).enterAsync();
        CompletableFuture<Entry> second = member(3).enterAsync();
        store.advanceMillis(60_000);
        assertThat(first).isNotDone();
        assertThat(second).isNotDone();
        CompletableFuture<Entry> third = member(3).enterAsync();
        assertThat(entered(first).generation()).isEqualTo(8);
        assertThat(entered(second).index()).isEqualTo(1);
        assertThat(entered(third).index()).isEqualTo(2);
    }

    /** T22: who gave up does not count. */
    @Test
    void aMemberThatGaveUpLeavesNothingAndDoesNotLetALaterOneThrough() throws Exception {
        CompletableFuture<Entry> gaveUp = member(2).enterAsync(Duration.ofSeconds(1));
        store.advanceMillis(1_001);
        assertThatThrownBy(gaveUp::get).hasCauseInstanceOf(TimeoutException.class);
        assertThat(members()).isEmpty();
        CompletableFuture<Entry> later = member(2).enterAsync();
        store.advanceMillis(10_000);
        assertThat(later).isNotDone();
        CompletableFuture<Entry> other = member(2).enterAsync();
        assertThat(later).isCompleted();
        assertThat(other).isCompleted();
    }

    /** T22: gave up between the listing and the commit that lets in: the commit is refused. */
    @Test
    void aMemberThatGivesUpWhileAnotherLetsInDoesNotCount() throws Exception {
        CompletableFuture<Entry> first = member(2).enterAsync();
        DoubleBarrier late = member(2);
        store.faults(clients.get(1))
                .onCommit(commit -> commit.writes().get(0).place().toString().equals(PATH), 1, Fault.HOLD_REQUEST);
        CompletableFuture<Entry> second = late.enterAsync();
        assertThat(second).isNotDone();
        first.cancel(false);
        assertThat(members()).hasSize(1);
        store.faults(clients.get(1)).releaseHeldCommits();
        store.advanceMillis(1_000);
        assertThat(second).isNotDone();
        assertThat(member(2).enterAsync()).isCompleted();
        assertThat(second).isCompleted();
    }

    /** A member whose session the store has ended does not count. */
    @Test
    void aMemberThatDiedBeforeDoesNotCountAndComesAgainByItself() throws Exception {
        CompletableFuture<Entry> first = member(2).enterAsync();
        store.faults(clients.get(0)).suspend();
        store.advance(TestStore.TTL.plusSeconds(2));
        CompletableFuture<Entry> second = member(2).enterAsync();
        assertThat(second).isNotDone();
        store.faults(clients.get(0)).heal();
        store.advanceMillis(5_000);
        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
        assertThat(members()).hasSize(2);
    }

    /** T25: leave returns only when nobody is inside. T24: also for who looks only when all others are gone. */
    @Test
    void leaveReturnsOnlyWhenAllHaveLeft() throws Exception {
        List<CompletableFuture<Entry>> entering = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            entering.add(member(3).enterAsync());
        }
        CompletableFuture<Boolean> middle = entered(entering.get(1)).leaveAsync();
        CompletableFuture<Boolean> last = entered(entering.get(2)).leaveAsync();
        store.advanceMillis(40_000);
        assertThat(middle).isNotDone();
        assertThat(last).isNotDone();
        store.faults(clients.get(1)).suspend();
        CompletableFuture<Boolean> first = entered(entering.get(0)).leaveAsync();
        assertThat(first).isCompletedWithValue(true);
        assertThat(last).isCompletedWithValue(true);
        assertThat(middle).isNotDone();
        store.faults(clients.get(1)).heal();
        store.advanceMillis(2_000);
        assertThat(middle).isCompletedWithValue(true);
    }

    /** T24: even when the next generation is inside by then. */
    @Test
    void aSlowMemberLearnsThatAllHaveLeftWhenTheNextAreInside() throws Exception {
        List<CompletableFuture<Entry>> entering =
                List.of(member(2).enterAsync(), member(2).enterAsync());
        CompletableFuture<Boolean> slow = entered(entering.get(0)).leaveAsync();
        store.faults(clients.get(0)).suspend();
        assertThat(entered(entering.get(1)).leaveAsync()).isCompletedWithValue(true);
        assertThat(member(2).enterAsync()).isNotDone();
        assertThat(member(2).enterAsync()).isCompleted();
        assertThat(slow).isNotDone();
        store.faults(clients.get(0)).heal();
        store.advanceMillis(2_000);
        assertThat(slow).isCompletedWithValue(true);
    }

    /** BA6: what is not known any more is never told as a leaving of all. */
    @Test
    void aMemberThatIsMoreGenerationsBehindThanAreRememberedIsTold() throws Exception {
        List<CompletableFuture<Entry>> entering =
                List.of(member(2).enterAsync(), member(2).enterAsync());
        CompletableFuture<Boolean> slow = entered(entering.get(0)).leaveAsync();
        store.faults(clients.get(0)).suspend();
        assertThat(entered(entering.get(1)).leaveAsync()).isCompletedWithValue(true);
        DoubleBarrier one = member(2);
        DoubleBarrier two = member(2);
        for (int i = 0; i < 70; i++) {
            CompletableFuture<Entry> first = one.enterAsync();
            CompletableFuture<Boolean> leaving = entered(two.enterAsync()).leaveAsync();
            assertThat(entered(first).leaveAsync()).isCompletedWithValue(true);
            assertThat(leaving).isCompletedWithValue(true);
        }
        store.faults(clients.get(0)).heal();
        store.advanceMillis(2_000);
        assertThatThrownBy(slow::get).hasCauseInstanceOf(BrokenBarrierException.class);
    }

    /** BA6: two leave at one moment, each having read the state before the other's note. */
    @Test
    void leavesThatMeetAreBothNoted() throws Exception {
        List<CompletableFuture<Entry>> entering =
                List.of(member(2).enterAsync(), member(2).enterAsync());
        store.faults(clients.get(0)).onCommit(any -> true, 1, Fault.HOLD_REQUEST);
        CompletableFuture<Boolean> first = entered(entering.get(0)).leaveAsync();
        CompletableFuture<Boolean> second = entered(entering.get(1)).leaveAsync();
        store.faults(clients.get(0)).releaseHeldCommits();
        store.advanceMillis(2_000);
        assertThat(first).isCompletedWithValue(true);
        assertThat(second).isCompletedWithValue(true);
    }

    /** T26: one that dies inside is told, and does not hold the others. */
    @Test
    void aDeathInsideIsToldAsBroken() throws Exception {
        List<CompletableFuture<Entry>> entering =
                List.of(member(2).enterAsync(), member(2).enterAsync());
        CompletableFuture<Boolean> leaving = entered(entering.get(0)).leaveAsync();
        String dead = clients.get(1).health().sessionId();
        store.faults().session(dead).expire();
        store.advanceMillis(1_000);
        assertThatThrownBy(leaving::get)
                .hasCauseInstanceOf(BrokenBarrierException.class)
                .hasMessageContaining("without leaving");
        CompletableFuture<Boolean> own = entered(entering.get(1)).leaveAsync();
        assertThatThrownBy(own::get)
                .hasCauseInstanceOf(BrokenBarrierException.class)
                .hasMessageContaining("session was lost");
        assertThat(members()).isEmpty();
        assertThat(member(2).enterAsync()).isNotDone();
        assertThat(member(2).enterAsync()).isCompleted();
    }

    /** T26: a leave that times out has left; the wait may go on. */
    @Test
    void aLeaveThatTimesOutHasLeftAndCanWaitOn() throws Exception {
        List<CompletableFuture<Entry>> entering =
                List.of(member(2).enterAsync(), member(2).enterAsync());
        Entry one = entered(entering.get(0));
        CompletableFuture<Boolean> leaving = one.leaveAsync(Duration.ofSeconds(1));
        store.advanceMillis(1_001);
        assertThatThrownBy(leaving::get).hasCauseInstanceOf(TimeoutException.class);
        assertThat(members()).hasSize(1);
        CompletableFuture<Boolean> again = one.leaveAsync();
        assertThat(again).isNotDone();
        entered(entering.get(1)).close();
        assertThat(again).isCompletedWithValue(true);
        assertThat(one.leaveAsync()).isCompletedWithValue(true);
        assertThat(store.faults().runningWatches()).isEqualTo(3);
    }

    /** T26: whoever is one too many belongs to the next generation. */
    @Test
    void theSurplusMemberWaitsForTheNextGeneration() throws Exception {
        List<CompletableFuture<Entry>> entering =
                List.of(member(2).enterAsync(), member(2).enterAsync());
        CompletableFuture<Entry> surplus = member(2).enterAsync();
        CompletableFuture<Entry> another = member(2).enterAsync();
        store.advanceMillis(40_000);
        assertThat(surplus).isNotDone();
        assertThat(another).isNotDone();
        entered(entering.get(0)).close();
        assertThat(surplus).isNotDone();
        entered(entering.get(1)).close();
        store.advanceMillis(1_000);
        assertThat(entered(surplus).generation()).isEqualTo(2);
        assertThat(entered(another).generation()).isEqualTo(2);
    }

    @Test
    void anotherNumberOfPartiesIsToldUnlessTheBarrierIsEmpty() throws Exception {
        CompletableFuture<Entry> first = member(2).enterAsync();
        CompletableFuture<Entry> wrong = member(3).enterAsync();
        assertThatThrownBy(wrong::get)
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("for 2 parties, not for 3");
        assertThat(members()).hasSize(1);
        first.cancel(false);
        CompletableFuture<Entry> alone = member(1).enterAsync();
        assertThat(alone).isCompleted();
        alone.join().close();
        assertThatThrownBy(() -> member(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> member(100_000)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aMemberThatIsEvictedWhileItWaitsComesAgain() throws Exception {
        CompletableFuture<Entry> first = member(2).enterAsync();
        onlooker.nodes().delete(PATH + "/members/" + members().get(0));
        store.advanceMillis(40_000);
        assertThat(members()).hasSize(1);
        CompletableFuture<Entry> second = member(2).enterAsync();
        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
    }

    /** The answers to all commits are lost, one by one, as is the member's or a rival's luck: nobody passes twice, nobody is left behind. */
    @Test
    void lostRepliesNeitherDoubleNorLoseAMember() throws Exception {
        DoubleBarrier one = member(2);
        DoubleBarrier two = member(2);
        for (int i = 0; i < LOST_REPLIES; i++) {
            boolean rival = i % 2 == 0;
            CompletableFuture<Entry> first = one.enterAsync();
            store.faults(clients.get(1)).onCommit(any -> true, 1 + i % 4 / 2, Fault.DROP_REPLY_AND_STAY_CUT);
            CompletableFuture<Entry> second = two.enterAsync();
            if (rival) {
                first.cancel(false); // gone, or gone without leaving
            }
            store.faults(clients.get(1)).heal();
            store.advanceMillis(3_000);
            if (rival && !second.isDone()) {
                first = one.enterAsync();
                store.advanceMillis(3_000);
            }
            Entry entry = entered(second);
            store.faults(clients.get(1)).onCommit(any -> true, 1, Fault.DROP_REPLY);
            CompletableFuture<Boolean> left = entry.leaveAsync();
            if (first.isCancelled()) {
                store.advanceMillis(3_000);
                assertThatThrownBy(left::get).as("round %d", i).hasCauseInstanceOf(BrokenBarrierException.class);
            } else if (first.isCompletedExceptionally()) {
                store.advanceMillis(3_000);
                assertThatThrownBy(left::get).as("round %d", i).hasCauseInstanceOf(BrokenBarrierException.class);
            } else {
                store.advanceMillis(3_000);
                assertThat(left).as("round %d", i).isNotDone();
                entered(first).close();
                store.advanceMillis(3_000);
                assertThat(left).as("round %d", i).isCompletedWithValue(true);
            }
            assertThat(members()).as("round %d", i).isEmpty();
        }
    }
}
