package io.conclave.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.Contender;
import io.conclave.FencedGrant;
import io.conclave.GrantLostException;
import io.conclave.TestStore;
import io.conclave.backend.inmemory.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LeaderLatchTest {
    private static final String PATH = "/leaders/billing";
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();
    private final Conclave two = store.connect();

    @AfterEach
    void close() {
        store.close();
    }

    private LeaderLatch started(Conclave client, String id) {
        LeaderLatch latch = LeaderLatch.of(client, PATH, id);
        latch.start();
        return latch;
    }

    /** Of ten participants exactly one leads, in the order in which they were started; closing hands over at once. */
    @Test
    void tenParticipantsLeadOneAfterTheOtherInTheOrderOfTheirStart() throws Exception {
        List<LeaderLatch> latches = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            latches.add(started(i % 2 == 0 ? one : two, "node-" + i));
        }
        long last = 0;
        for (int i = 0; i < 10; i++) {
            assertThat(latches.stream().filter(LeaderLatch::isLeader)).containsExactly(latches.get(i));
            assertThat(latches.get(9).leader().map(Contender::owner)).contains("node-" + i);
            assertThat(latches.get(9).participants()).hasSize(10 - i);
            long token = latches.get(i).term().orElseThrow().fencingToken();
            assertThat(token).isGreaterThan(last);
            last = token;
            latches.get(i).close();
            assertThat(latches.get(i).isLeader()).isFalse();
        }
        assertThat(one.nodes().children("/leaders")).isEmpty();
    }

    /** M6, list 10: gained and lost alternate over losses, and a late listener is told at once. */
    @Test
    void listenersHearGainedAndLostAlternately() {
        List<String> heard = new ArrayList<>();
        LeaderLatch latch = started(one, "a");
        latch.addListener(new Recorder(heard));
        assertThat(heard).hasSize(1);
        for (int i = 0; i < 3; i++) {
            store.faults(one).expire();
            store.advance(SECOND);
        }
        latch.close();
        assertThat(heard).hasSize(8);
        Recorder.requireAlternation(heard, "listener");
        latch.close();
        assertThat(heard).hasSize(8);
    }

    /** Who loses leadership queues again at the tail by itself. */
    @Test
    void whoLosesLeadershipQueuesAgainAtTheTail() throws Exception {
        LeaderLatch first = started(one, "first");
        LeaderLatch second = started(two, "second");
        store.faults(one).expire();
        store.advance(SECOND);
        assertThat(second.isLeader()).isTrue();
        assertThat(first.participants()).extracting(Contender::owner).containsExactly("second", "first");
        second.close();
        assertThat(first.isLeader()).isTrue();
    }

    /** Closing a term gives leadership back by plan: the next one leads, and the participant queues again. */
    @Test
    void whoClosesItsTermQueuesAgainAtTheTail() throws Exception {
        List<String> heard = new ArrayList<>();
        LeaderLatch first = started(one, "first");
        first.addListener(new Recorder(heard));
        LeaderLatch second = started(two, "second");
        try (FencedGrant term = first.await(SECOND)) {
            assertThat(term.isValid()).isTrue();
        }
        assertThat(first.isLeader()).isFalse();
        assertThat(second.isLeader()).isTrue();
        assertThat(first.participants()).extracting(Contender::owner).containsExactly("second", "first");
        second.close();
        assertThat(first.await(SECOND).isValid()).isTrue();
        assertThat(heard).hasSize(3);
        Recorder.requireAlternation(heard, "listener");
    }

    /** A listener that is too slow misses terms, but never the last state, and what it hears alternates. */
    @Test
    void aSlowListenerHearsTheLastState() throws Exception {
        Conclave threaded = store.connect(Conclave.builder(store.url()));
        LeaderLatch latch = started(threaded, "a");
        CountDownLatch mayReturn = new CountDownLatch(1);
        List<String> heard = Collections.synchronizedList(new ArrayList<>());
        Recorder recorder = new Recorder(heard);
        latch.addListener(new LeadershipListener() {
            @Override
            public void onGained(FencedGrant term) {
                try {
                    mayReturn.await();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                }
                recorder.onGained(term);
            }

            @Override
            public void onLost(FencedGrant term) {
                recorder.onLost(term);
            }
        });
        for (int i = 0; i < 700; i++) {
            latch.await(SECOND).close();
        }
        String last = "+" + latch.await(SECOND).fencingToken();
        mayReturn.countDown();
        TestStore.eventually("the last state is told", () -> heard.contains(last));
        Recorder.requireAlternation(heard, "slow listener");
    }

    /** List 11: a listener has heard lost, and has returned, before leadership goes to the next. */
    @Test
    void theListenersAreToldBeforeLeadershipIsHandedOver() throws Exception {
        CountDownLatch mayReturn = new CountDownLatch(1);
        Conclave threaded = store.connect(Conclave.builder(store.url()));
        LeaderLatch first = started(threaded, "first");
        TestStore.eventually("first leads", first::isLeader);
        LeaderLatch second = started(two, "second");
        CountDownLatch telling = new CountDownLatch(1);
        first.addListener(new LeadershipListener() {
            @Override
            public void onGained(FencedGrant term) {}

            @Override
            public void onLost(FencedGrant term) {
                telling.countDown();
                try {
                    mayReturn.await();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        });
        CompletableFuture<Void> closing = store.background(() -> {
            first.close();
            return null;
        });
        telling.await();
        assertThat(second.isLeader()).isFalse();
        assertThat(first.isLeader()).isFalse();
        mayReturn.countDown();
        TestStore.eventually("closed", closing::isDone);
        assertThat(second.isLeader()).isTrue();
    }

    /** A listener that blocks delays the hand-over by the validity at most. */
    @Test
    void aListenerThatBlocksDelaysTheHandOverForABoundedTime() {
        CountDownLatch never = new CountDownLatch(1);
        Conclave threaded = store.connect(Conclave.builder(store.url()));
        LeaderLatch first = started(threaded, "first");
        LeaderLatch second = started(two, "second");
        first.addListener(new LeadershipListener() {
            @Override
            public void onGained(FencedGrant term) {
                try {
                    never.await();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                }
            }

            @Override
            public void onLost(FencedGrant term) {}
        });
        store.background(() -> {
            first.close();
            return null;
        });
        TestStore.eventually("the second leads", () -> {
            store.advanceMillis(100);
            return second.isLeader();
        });
        never.countDown();
    }

    @Test
    void awaitEndsAtItsDeadlineAndTheParticipantStays() throws Exception {
        LeaderLatch first = started(one, "first");
        LeaderLatch second = started(two, "second");
        store.clock.advanceInAwait(true);
        assertThatThrownBy(() -> second.await(SECOND)).isInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> second.await(Duration.ZERO)).isInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> second.await(Duration.ofMillis(-1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> second.await(null)).isInstanceOf(NullPointerException.class);
        store.clock.advanceInAwait(false);
        assertThat(first.participants()).hasSize(2);
        CompletableFuture<FencedGrant> waiting = store.background(() -> second.await());
        first.close();
        TestStore.eventually("it leads", waiting::isDone);
        assertThat(waiting.get().isValid()).isTrue();
        assertThat(second.await(Duration.ofSeconds(Long.MAX_VALUE)).isValid()).isTrue();
    }

    /** Bar 7, T33: interrupting await leaves the participant in the election; closing the latch ends a waiting await. */
    @Test
    void awaitEndsWhenInterruptedAndWhenTheLatchIsClosed() throws Exception {
        LeaderLatch first = started(one, "first");
        LeaderLatch second = started(two, "second");
        CompletableFuture<FencedGrant> interrupted = store.background(() -> second.await());
        store.lastThread().interrupt();
        TestStore.eventually("interrupted", interrupted::isDone);
        assertThatThrownBy(interrupted::get).hasCauseInstanceOf(InterruptedException.class);
        assertThat(first.participants()).hasSize(2);
        CompletableFuture<FencedGrant> waiting = store.background(() -> second.await());
        TestStore.eventually("it waits", () -> store.lastThread().getState() == Thread.State.WAITING);
        second.close();
        TestStore.eventually("ended", waiting::isDone);
        assertThatThrownBy(waiting::get).hasCauseInstanceOf(IllegalStateException.class);
        assertThat(first.participants()).hasSize(1);
    }

    /** Bar 11, lifecycle: start twice, start after close, close before start, close twice. */
    @Test
    void aLatchIsStartedOnceAndClosedForGood() {
        LeaderLatch latch = started(one, "a");
        assertThatThrownBy(latch::start).isInstanceOf(IllegalStateException.class);
        latch.close();
        latch.close();
        assertThatThrownBy(latch::start).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> latch.await(SECOND)).isInstanceOf(IllegalStateException.class);
        LeaderLatch unused = LeaderLatch.of(one, PATH, "b");
        assertThatThrownBy(() -> unused.await(SECOND)).isInstanceOf(IllegalStateException.class);
        unused.close();
        assertThatThrownBy(unused::start).isInstanceOf(IllegalStateException.class);
    }

    /** Two participants with one id are two participants. */
    @Test
    void twoParticipantsWithOneIdAreTwo() throws Exception {
        LeaderLatch first = started(one, "twin");
        LeaderLatch second = started(one, "twin");
        assertThat(first.participants()).hasSize(2);
        assertThat(first.isLeader() ^ second.isLeader()).isTrue();
    }

    /** Closing the Conclave takes its participants out of the election, and tells them. */
    @Test
    void closingTheConclaveHandsOverAtOnce() {
        List<String> heard = new ArrayList<>();
        LeaderLatch first = started(one, "first");
        first.addListener(new Recorder(heard));
        LeaderLatch second = started(two, "second");
        one.close();
        assertThat(second.isLeader()).isTrue();
        assertThat(first.isLeader()).isFalse();
        assertThat(heard).hasSize(2);
        LeaderLatch late = LeaderLatch.of(one, PATH, "late");
        late.start();
        store.advance(SECOND);
        assertThatThrownBy(() -> late.await(SECOND)).isInstanceOf(IllegalStateException.class);
    }

    /** Bar 5 for the latch: a paused leader's first call says no, its write is refused, the next term's token is larger. */
    @Test
    void aPausedLeaderKnowsInItsFirstInstruction() {
        LeaderLatch first = started(one, "first");
        LeaderLatch second = started(two, "second");
        List<String> heard = new ArrayList<>();
        first.addListener(new Recorder(heard));
        FencedGrant term = first.term().orElseThrow();
        String session = one.health().sessionId();
        store.faults(one).pause();
        store.advance(TestStore.TTL.multipliedBy(2));
        assertThat(second.isLeader()).isTrue();

        assertThat(first.isLeader()).isFalse();
        assertThat(first.term()).isEmpty();
        assertThatThrownBy(() -> term.write("/x", new byte[0])).isInstanceOf(GrantLostException.class);
        assertThat(second.term().orElseThrow().fencingToken()).isGreaterThan(term.fencingToken());
        store.faults().session(session).resume();
        store.advance(SECOND);
        second.close();
        store.advance(SECOND);
        assertThat(first.isLeader()).isTrue();
        assertThat(heard).hasSize(3);
        Recorder.requireAlternation(heard, "paused leader");
        assertThat(first.term().orElseThrow().fencingToken()).isGreaterThan(term.fencingToken());
    }

    /** Bar 6: the reply to entering or leaving is lost: one node, or none. */
    @Test
    void lostRepliesMakeNoSecondParticipant() throws Exception {
        store.faults(one).dropNextReply();
        LeaderLatch latch = started(one, "a");
        store.advance(SECOND);
        assertThat(latch.isLeader()).isTrue();
        assertThat(latch.participants()).hasSize(1);
        store.faults(one).onCommit(TestStore::removesContender, 1, Fault.DROP_REPLY);
        store.clock.advanceInAwait(true);
        latch.close();
        store.advance(SECOND);
        assertThat(latch.participants()).isEmpty();
    }

    /** Bar 11: null and empty ids and labels that nobody could read. */
    @Test
    void badIdsAndListenersAreRefused() {
        assertThatThrownBy(() -> LeaderLatch.of(one, PATH, null)).isInstanceOf(NullPointerException.class);
        for (String id : List.of("", " ", "x".repeat(201), "a\nb")) {
            assertThatThrownBy(() -> LeaderLatch.of(one, PATH, id)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> LeaderElection.of(one, PATH, id)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> LeaderLatch.of(one, "/", "a")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LeaderLatch.of(one, PATH, "a").addListener(null))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> LeaderElection.of(one, PATH, "a").lead(null)).isInstanceOf(NullPointerException.class);
    }
}
