package io.conclave.backend.inmemory;

import static io.conclave.backend.inmemory.Clients.TTL;
import static io.conclave.backend.inmemory.Clients.failure;
import static io.conclave.backend.inmemory.Clients.result;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.backend.inmemory.Clients.Client;
import io.conclave.backend.inmemory.Clients.Heard;
import io.conclave.spi.Applied;
import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.Session;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.SessionState;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Withdrawal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Each fault does what its documentation says, in virtual time. */
class FaultControlTest {
    private final Clients clients = new Clients();
    private final Client one = clients.client();
    private final Client two = clients.client();

    @Test
    void expireEndsTheSessionAndTellsAConnectedClientAtOnce() {
        one.applied(Trees.ephemeral("/e"));
        Heard watch = one.watch(WatchSpec.node(Trees.at("/n")));
        one.faults().expire();
        assertThat(one.states).containsExactly(SessionState.LOST);
        assertThat(watch.told).containsExactly("END SessionLostException");
        assertThat(two.list("/")).isEmpty();
        assertThat(failure(one.commit(Trees.persistent("/x")))).isInstanceOf(SessionLostException.class);
        assertThat(clients.store.faults().sessions()).containsExactly(two.session.id());
    }

    @Test
    void expireTellsAClientThatIsCutOffWhenItIsHealed() {
        one.faults().suspend();
        one.faults().expire();
        assertThat(one.states).containsExactly(SessionState.SUSPENDED);
        one.faults().heal();
        assertThat(one.states).containsExactly(SessionState.SUSPENDED, SessionState.LOST);
    }

    @Test
    void suspendFailsWhatIsInFlightAndSendsNothingMore() {
        one.faults().hold();
        CompletableFuture<CommitResult> inFlight = one.commit(Trees.persistent("/n"));
        assertThat(inFlight).isNotDone();
        one.faults().suspend();
        assertThat(failure(inFlight)).isInstanceOf(IndeterminateException.class);
        assertThat(failure(one.commit(Trees.persistent("/x")))).isInstanceOf(UnavailableException.class);
        assertThat(failure(one.ask(Query.get(Trees.at("/n"))))).isInstanceOf(UnavailableException.class);
        assertThat(two.list("/")).containsExactly(Trees.at("/n"));
    }

    @Test
    void suspendAndHealWithinTheTimeOutKeepTheSession() {
        one.applied(Trees.ephemeral("/e"));
        one.faults().suspend();
        clients.clock.advance(TTL.dividedBy(2));
        one.faults().heal();
        clients.clock.advance(TTL.multipliedBy(3));
        assertThat(one.states).containsExactly(SessionState.SUSPENDED, SessionState.ACTIVE);
        assertThat(two.list("/")).containsExactly(Trees.at("/e"));
    }

    @Test
    void suspendForLongGoesThroughAllStates() {
        long until = one.session.validUntilNanos();
        one.faults().suspend();
        assertThat(clients.clock.advanceUntil(() -> one.session.state() == SessionState.DOUBTFUL, TTL))
                .isTrue();
        assertThat(clients.clock.nanoTime()).isEqualTo(until);
        clients.clock.advance(TTL.multipliedBy(2));
        assertThat(one.states).containsExactly(SessionState.SUSPENDED, SessionState.DOUBTFUL, SessionState.LOST);
    }

    @Test
    void blackholeIsFoundOutByWaitingAlone() {
        one.faults().blackhole();
        CompletableFuture<CommitResult> commit = one.commit(Trees.persistent("/n"));
        assertThat(one.states).isEmpty();
        clients.clock.advance(TTL.dividedBy(3).multipliedBy(2).plusMillis(1));
        assertThat(one.states).containsExactly(SessionState.SUSPENDED);
        assertThat(failure(commit)).isInstanceOf(IndeterminateException.class);
        clients.clock.advance(TTL.dividedBy(2));
        assertThat(clients.store.faults().sessions()).doesNotContain(one.session.id());
        one.faults().heal();
        assertThat(one.states).endsWith(SessionState.DOUBTFUL, SessionState.LOST);
        assertThat(two.list("/")).isEmpty();
    }

    @Test
    void aCutBackendOpensItsSessionWhenItIsHealedOrFailsAtTheDeadline() {
        ClientFaults faults = clients.store.faults().backend(one.backend);
        faults.suspend();
        CompletableFuture<Session> early = open(Duration.ofSeconds(1));
        CompletableFuture<Session> late = open(Duration.ofSeconds(60));
        clients.clock.advance(Duration.ofSeconds(2));
        assertThat(failure(early)).isInstanceOf(UnavailableException.class);
        assertThat(late).isNotDone();
        faults.heal();
        assertThat(result(late).state()).isEqualTo(SessionState.ACTIVE);
        assertThat(clients.store.faults().latest().requests().total()).isZero();
    }

    private CompletableFuture<Session> open(Duration wait) {
        return one.backend
                .openSession(new SessionSpec(TTL, 2), (session, state) -> {}, clients.clock.deadlineAfter(wait))
                .toCompletableFuture();
    }

    @Test
    void everyoneIsCutOffTogether() {
        clients.store.faults().everyone().suspend();
        assertThat(one.session.state()).isEqualTo(SessionState.SUSPENDED);
        assertThat(two.session.state()).isEqualTo(SessionState.SUSPENDED);
        clients.store.faults().everyone().heal();
        assertThat(one.session.state()).isEqualTo(SessionState.ACTIVE);
    }

    @Test
    void aDroppedReplyLeavesTheCommitAppliedAndTheSameIdRecoversIt() {
        one.faults().dropNextReply();
        Commit commit = one.commitOf(Trees.persistent("/n"));
        Throwable failure = failure(one.session.commit(commit));
        assertThat(((BackendException) failure).applied()).isEqualTo(Applied.UNKNOWN);
        assertThat(one.states).containsExactly(SessionState.SUSPENDED, SessionState.ACTIVE);
        two.applied(Trees.delete("/n"));
        assertThat(result(one.session.commit(commit))).isInstanceOf(CommitResult.Applied.class);
        assertThat(two.list("/")).isEmpty();
    }

    @Test
    void aDroppedRequestIsNotAppliedAndCanBeWithdrawn() {
        one.faults().dropNextRequest();
        Commit commit = one.commitOf(Trees.persistent("/n"));
        assertThat(failure(one.session.commit(commit))).isInstanceOf(IndeterminateException.class);
        assertThat(two.list("/")).isEmpty();
        long deadline = clients.clock.deadlineAfter(TTL);
        assertThat(result(one.session.withdraw(commit.opId(), deadline))).isEqualTo(Withdrawal.NEVER_APPLIED);
    }

    @Test
    void aDroppedReplyCanLeaveTheClientCutOff() {
        one.faults().onNext(Fault.DROP_REPLY_AND_STAY_CUT);
        Commit commit = one.commitOf(Trees.persistent("/n"));
        assertThat(failure(one.session.commit(commit))).isInstanceOf(IndeterminateException.class);
        assertThat(one.states).containsExactly(SessionState.SUSPENDED);
        assertThat(failure(one.session.commit(commit)))
                .as("an id in doubt is never said to be not applied")
                .isInstanceOf(IndeterminateException.class);
        one.faults().heal();
        assertThat(result(one.session.commit(commit))).isInstanceOf(CommitResult.Applied.class);
    }

    @Test
    void aFaultCanMeetTheSecondCreateOfOneClient() {
        one.faults().onCommit(commit -> commit.writes().size() == 1, 2, Fault.DROP_REQUEST);
        one.applied(Trees.persistent("/a"));
        two.applied(Trees.persistent("/b"));
        one.applied(Trees.persistent("/c"), Trees.persistent("/d"));
        assertThat(failure(one.commit(Trees.persistent("/e")))).isInstanceOf(IndeterminateException.class);
        one.applied(Trees.persistent("/f"));
        assertThat(two.list("/")).extracting(NodePath::name).containsExactly("a", "b", "c", "d", "f");
    }

    @Test
    void aHeldRequestIsOvertakenAndDoesNotContradictTheWithdrawal() {
        one.faults().onNext(Fault.HOLD_REQUEST);
        Commit commit = one.commitOf(Trees.contender("/q", "lock-"));
        CompletableFuture<CommitResult> held = one.session.commit(commit).toCompletableFuture();
        long deadline = clients.clock.deadlineAfter(TTL);
        assertThat(result(one.session.withdraw(commit.opId(), deadline))).isEqualTo(Withdrawal.NEVER_APPLIED);
        one.faults().releaseHeldCommits();
        assertThat(held).isDone();
        assertThat(two.list("/q")).isEmpty();
    }

    @Test
    void holdAndReleaseKeepTheOrderOfEventsAndAnswers() {
        List<String> order = new ArrayList<>();
        one.session.watch(WatchSpec.node(Trees.at("/n")), new Clients.Heard() {
            @Override
            public void onChange(WatchSpec.Kind kind, NodePath path, long revision) {
                order.add("event");
            }
        });
        one.faults().hold();
        two.applied(Trees.persistent("/n"));
        CompletableFuture<?> read = one.ask(Query.get(Trees.at("/n"))).thenRun(() -> order.add("reply"));
        assertThat(order).isEmpty();
        one.faults().release();
        assertThat(read).isDone();
        assertThat(order).containsExactly("event", "reply");
    }

    @Test
    void repliesCanBeDelayed() {
        one.faults().delayReplies(Duration.ofSeconds(2));
        CompletableFuture<CommitResult> commit = one.commit(Trees.persistent("/n"));
        clients.clock.advance(Duration.ofMillis(1_999));
        assertThat(commit).isNotDone();
        assertThat(two.list("/")).hasSize(1);
        clients.clock.advance(Duration.ofMillis(1));
        assertThat(commit).isDone();
        one.faults().delayReplies(Duration.ZERO);
        one.applied(Trees.delete("/n"));
    }

    @Test
    void aDelayBeyondTheDeadlineEndsInDoubt() {
        one.faults().delayReplies(Duration.ofSeconds(5));
        Commit commit = Commit.builder(one.session.newOpId(), clients.clock.deadlineAfter(Duration.ofSeconds(1)))
                .write(Trees.persistent("/n"))
                .build();
        CompletableFuture<CommitResult> result = one.session.commit(commit).toCompletableFuture();
        clients.clock.advance(Duration.ofSeconds(1));
        assertThat(failure(result)).isInstanceOf(IndeterminateException.class);
    }

    @Test
    void aPausedClientLosesItsSessionAndSaysSoInTheFirstInstruction() {
        List<String> order = new ArrayList<>();
        one.applied(Trees.ephemeral("/e"));
        one.backend.timekeeper().schedule(() -> order.add("timer"), Duration.ofSeconds(1));
        one.faults().pause();
        long before = one.session.validUntilNanos();
        CompletableFuture<CommitResult> commit = one.commit(Trees.persistent("/n"));
        clients.clock.advance(TTL.plusSeconds(1));
        assertThat(two.list("/")).isEmpty();
        assertThat(one.states).isEmpty();
        assertThat(order).isEmpty();
        assertThat(commit).isNotDone();
        assertThat(one.session.validUntilNanos()).isEqualTo(before).isLessThan(clients.clock.nanoTime());
        one.faults().resume();
        assertThat(order).containsExactly("timer");
        assertThat(one.states).endsWith(SessionState.LOST);
        assertThat(failure(commit)).isNotNull();
        assertThat(two.list("/")).isEmpty();
    }

    @Test
    void aShortPauseDoesNoHarm() {
        one.faults().pause();
        clients.clock.advance(TTL.dividedBy(2));
        one.faults().resume();
        clients.clock.advance(TTL.multipliedBy(2));
        assertThat(one.session.state()).isEqualTo(SessionState.ACTIVE);
    }

    @Test
    void watchesHearExactlyWhatHappenedDuringACut() {
        Heard all = one.watch(WatchSpec.subtree(NodePath.root()));
        one.applied(Trees.persistent("/a"));
        one.faults().suspend();
        two.applied(Trees.persistent("/b"), Trees.put("/a", "1"));
        two.applied(Trees.delete("/a"));
        one.faults().heal();
        two.applied(Trees.persistent("/c"));
        assertThat(all.told).containsExactly("CREATED /a", "CREATED /b", "CHANGED /a", "DELETED /a", "CREATED /c");
    }

    @Test
    void watchesResyncIfTooMuchHappenedDuringACut() {
        Heard all = one.watch(WatchSpec.subtree(NodePath.root()));
        two.applied(Trees.persistent("/n"));
        one.faults().suspend();
        for (int i = 0; i < 10_000; i++) {
            two.applied(Trees.put("/n", "x"));
        }
        one.faults().heal();
        assertThat(all.told).containsExactly("CREATED /n", "RESYNC");
    }

    /** Rule W8: what waits is bounded, and the resync stands for all that was left out. */
    @Test
    void tooManyWaitingEventsBecomeOneResync() {
        Heard all = one.watch(WatchSpec.subtree(NodePath.root()));
        two.applied(Trees.persistent("/n"));
        one.faults().hold();
        for (int i = 0; i < 3 * ClientWatch.WAITING_MAX; i++) {
            two.applied(Trees.put("/n", "x"));
        }
        one.faults().release();
        assertThat(all.told).hasSize(1 + ClientWatch.WAITING_MAX + 1).endsWith("CHANGED /n", "RESYNC");
        two.applied(Trees.delete("/n"));
        assertThat(all.told).endsWith("RESYNC", "DELETED /n");
    }

    @Test
    void randomFaultsRepeatWithTheirSeed() {
        assertThat(randomOutcomes(42))
                .isEqualTo(randomOutcomes(42))
                .contains("lost")
                .contains("applied");
        assertThat(randomOutcomes(42)).isNotEqualTo(randomOutcomes(43));
    }

    private static List<String> randomOutcomes(long seed) {
        Clients fresh = new Clients();
        Client client = fresh.client();
        fresh.store.faults().randomly(seed, 0.3);
        List<String> outcomes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            boolean failed = client.commit(Trees.persistent("/n" + i)).isCompletedExceptionally();
            outcomes.add(failed ? "lost" : "applied");
        }
        fresh.store.faults().clear();
        outcomes.add(client.list("/").toString());
        return outcomes;
    }

    @Test
    void requestsAndRoundTripsAreCounted() {
        one.faults().resetRequests();
        one.applied(Trees.persistent("/a"));
        one.list("/");
        one.watch(WatchSpec.node(Trees.at("/a")));
        clients.clock.advance(TTL);
        RequestCounts counts = one.faults().requests();
        assertThat(counts.total()).isEqualTo(3);
        assertThat(counts.roundTrips()).isEqualTo(3);
        assertThat(counts.of(RequestKind.COMMIT)).isEqualTo(1);
        assertThat(counts.of(RequestKind.HEARTBEAT)).isEqualTo(3);
        assertThat(clients.store.faults().backend(one.backend).requests()).isEqualTo(counts);
        one.faults().resetRequests();
        assertThat(one.faults().requests().total()).isZero();
    }

    @Test
    void requestsThatTravelTogetherAreOneRoundTrip() {
        one.faults().resetRequests();
        one.faults().hold();
        one.commit(Trees.persistent("/a"));
        one.ask(Query.get(Trees.at("/a")));
        one.faults().release();
        assertThat(one.faults().requests().total()).isEqualTo(2);
        assertThat(one.faults().requests().roundTrips()).isEqualTo(1);
    }

    @Test
    void unknownClientsAreRefused() {
        FaultControl faults = clients.store.faults();
        assertThatThrownBy(() -> faults.session("none")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> faults.backend(new Clients().store.connect()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Clients().store.faults().latest()).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> faults.randomly(1, 1.5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> one.faults().onCommit(commit -> true, 0, Fault.DROP_REPLY))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void nothingIsLeftBehindByClosedClients() {
        one.watch(WatchSpec.node(Trees.at("/n")));
        assertThat(clients.store.faults().runningWatches()).isEqualTo(1);
        result(one.backend.closeAsync());
        result(two.backend.closeAsync());
        assertThat(clients.store.faults().runningWatches()).isZero();
        assertThat(clients.store.faults().sessions()).isEmpty();
        clients.clock.advance(TTL);
        assertThat(clients.clock.timers()).isZero();
    }

    /** Rule C4: also if as many commits as can be in flight were applied before the connection broke. */
    @Test
    void allCommitsThatCanBeInFlightAreKnownWhenTheyAreCalledAgain() {
        one.faults().hold();
        List<Commit> commits = new ArrayList<>();
        List<CompletableFuture<CommitResult>> inFlight = new ArrayList<>();
        for (int i = 0; i < EmbeddedSession.REQUESTS_MAX; i++) {
            Commit commit = one.commitOf(Trees.contender("/q", "lock-"));
            commits.add(commit);
            inFlight.add(one.session.commit(commit).toCompletableFuture());
        }
        assertThat(failure(one.commit(Trees.persistent("/n")))).isInstanceOf(UnavailableException.class);
        one.faults().suspend();
        assertThat(inFlight).allMatch(CompletableFuture::isCompletedExceptionally);
        one.faults().heal();
        one.faults().release();
        commits.forEach(
                commit -> assertThat(result(one.session.commit(commit))).isInstanceOf(CommitResult.Applied.class));
        assertThat(two.list("/q")).hasSize(EmbeddedSession.REQUESTS_MAX);
    }

    /** A listener's Error is its own: other listeners and the session's own work go on. */
    @Test
    void aListenerThatThrowsAnErrorDisturbsNobody() {
        SessionSpec spec = new SessionSpec(TTL, 1);
        Session session = result(one.backend.openSession(
                spec,
                (any, state) -> {
                    throw new AssertionError("planned");
                },
                clients.clock.deadlineAfter(TTL)));
        Heard heard = new Heard();
        session.watch(WatchSpec.node(Trees.at("/n")), new Heard() {
            @Override
            public void onChange(WatchSpec.Kind kind, NodePath path, long revision) {
                throw new AssertionError("planned");
            }
        });
        session.watch(WatchSpec.node(Trees.at("/n")), heard);
        two.applied(Trees.persistent("/n"));
        assertThat(heard.told).containsExactly("CREATED /n");
        clients.store.faults().session(session.id()).hold();
        Commit commit = Commit.builder(session.newOpId(), clients.clock.deadlineAfter(TTL))
                .write(Trees.persistent("/m"))
                .build();
        CompletableFuture<CommitResult> inFlight = session.commit(commit).toCompletableFuture();
        clients.store.faults().session(session.id()).suspend();
        assertThat(failure(inFlight)).isInstanceOf(IndeterminateException.class);
    }

    /** What was closed leaves no timer behind: a closed session and an opening that waited for its connection. */
    @Test
    void closingLeavesNoTimers() {
        two.faults().suspend();
        CompletableFuture<Session> waiting = two.backend
                .openSession(new SessionSpec(TTL, 2), (any, state) -> {}, clients.clock.deadlineAfter(TTL))
                .toCompletableFuture();
        two.faults().heal();
        assertThat(waiting).isCompleted();
        one.backend.closeAsync();
        two.backend.closeAsync();
        assertThat(clients.store.faults().sessions()).isEmpty();
        assertThat(clients.clock.timers()).isZero();
    }
}
