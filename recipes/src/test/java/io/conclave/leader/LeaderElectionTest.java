package io.conclave.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.GrantLostException;
import io.conclave.TestStore;
import io.conclave.backend.inmemory.RequestKind;
import io.conclave.spi.BackendClosedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class LeaderElectionTest {
    private static final String PATH = "/leaders/billing";
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect(Conclave.builder(store.url()));
    private final Conclave two = store.connect(Conclave.builder(store.url()));

    @AfterEach
    void close() {
        store.close();
    }

    /** Waits in real time for a body's thread, moving virtual time on. */
    private void until(String what, java.util.function.BooleanSupplier condition) {
        TestStore.eventually(what, () -> {
            store.advanceMillis(1);
            return condition.getAsBoolean();
        });
    }

    /** Leads until it is interrupted; remembers what happened. */
    private static final class Body implements LeaderBody {
        final AtomicInteger entered = new AtomicInteger();
        final AtomicInteger interrupted = new AtomicInteger();
        final AtomicInteger inside = new AtomicInteger();
        final AtomicBoolean two = new AtomicBoolean();
        final List<Long> tokens = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void lead(FencedGrant term) throws InterruptedException {
            two.compareAndSet(false, inside.incrementAndGet() > 1);
            tokens.add(term.fencingToken());
            entered.incrementAndGet();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException stop) {
                interrupted.incrementAndGet();
                throw stop;
            } finally {
                inside.decrementAndGet();
            }
        }
    }

    /** When a body returns the next in the queue leads, and the participant queues again at the tail. */
    @Test
    void leadershipGoesRoundWhenBodiesReturn() {
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        AtomicBoolean done = new AtomicBoolean();
        List<Candidacy> all = new ArrayList<>();
        for (String id : List.of("a", "b", "c")) {
            LeaderElection election = LeaderElection.of(one, PATH, id);
            all.add(election.lead(term -> {
                while (!done.get()
                        && election.participants().size()
                                < 3) { // the others, who may be on their way back, stand again
                    Thread.onSpinWait();
                }
                order.add(id);
            }));
        }
        until("three rounds", () -> order.size() >= 9);
        done.set(true);
        all.forEach(Candidacy::close);
        assertThat(order.subList(0, 9)).containsExactly("a", "b", "c", "a", "b", "c", "a", "b", "c");
    }

    @Test
    void withoutRequeueTheCandidacyIsOverWhenTheBodyReturns() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Candidacy once =
                LeaderElection.builder(one, PATH, "a").requeue(false).build().lead(term -> calls.incrementAndGet());
        until("it is over", () -> once.completion().toCompletableFuture().isDone());
        store.advance(SECOND);
        assertThat(calls).hasValue(1);
        assertThat(two.nodes().children("/leaders")).isEmpty();
        assertThat(once.isLeading()).isFalse();
    }

    /** A body that closes its own term has given it back like one that returns; it is not interrupted for that. */
    @Test
    void aBodyThatClosesItsTermEndsItLikeAReturn() {
        AtomicInteger bodies = new AtomicInteger();
        AtomicBoolean interrupted = new AtomicBoolean();
        LeaderBody closing = term -> {
            bodies.incrementAndGet();
            term.close();
            interrupted.set(Thread.currentThread().isInterrupted());
        };
        Candidacy once =
                LeaderElection.builder(one, PATH, "a").requeue(false).build().lead(closing);
        CompletableFuture<Void> over = once.completion().toCompletableFuture();
        until("over or again", () -> over.isDone() || bodies.get() > 1);
        assertThat(bodies).hasValue(1);
        assertThat(interrupted).isFalse();
    }

    /** A term that is closed from outside is over for its body, too. */
    @Test
    void closingATermFromOutsideInterruptsTheBody() {
        Body body = new Body();
        Candidacy candidacy = LeaderElection.of(one, PATH, "a").lead(body);
        until("leads", () -> body.entered.get() == 1);
        candidacy.term().orElseThrow().close();
        until("leads again", () -> body.entered.get() == 2);
        assertThat(body.interrupted).hasValue(1);
        assertThat(body.two).isFalse();
        candidacy.close();
    }

    /** Bar 5, T28: losing leadership interrupts the body; the next body begins only after it has returned, with a larger token. */
    @Test
    void aLossInterruptsTheBodyAndTheCandidacyGoesOn() {
        Body body = new Body();
        Candidacy candidacy = LeaderElection.of(one, PATH, "a").lead(body);
        until("leads", () -> body.entered.get() == 1);
        FencedGrant term = candidacy.term().orElseThrow();
        store.faults(one).expire();
        until("leads again", () -> body.entered.get() == 2);
        assertThat(body.interrupted).hasValue(1);
        assertThat(body.two).isFalse();
        assertThat(term.isValid()).isFalse();
        assertThat(body.tokens).isSorted().doesNotHaveDuplicates();
        candidacy.close();
        assertThat(body.interrupted).hasValue(2);
    }

    /** Bar 5: a paused leader's first call says lost, and its guarded write is refused; the body is interrupted when the process goes on. */
    @Test
    void aPausedLeaderKnowsInItsFirstInstruction() {
        Body body = new Body();
        Candidacy candidacy = LeaderElection.of(one, PATH, "a").lead(body);
        until("leads", () -> body.entered.get() == 1);
        FencedGrant term = candidacy.term().orElseThrow();
        Body next = new Body();
        Candidacy other = LeaderElection.of(two, PATH, "b").lead(next);
        String session = one.health().sessionId();
        store.faults(one).pause();
        store.advance(TestStore.TTL.multipliedBy(2));
        TestStore.eventually("the other leads", () -> next.entered.get() == 1);

        assertThat(candidacy.isLeading()).isFalse();
        assertThat(candidacy.term()).isEmpty();
        assertThatThrownBy(() -> term.write("/x", new byte[0])).isInstanceOf(GrantLostException.class);
        store.faults().session(session).resume();
        until("interrupted", () -> body.interrupted.get() == 1);
        assertThat(next.tokens.get(0)).isGreaterThan(body.tokens.get(0));
        assertThat(other.isLeading()).isTrue();
    }

    /** A body that ignores interrupts goes on without a term, and nobody of its candidacy leads beside it; others do. */
    @Test
    void aBodyThatIgnoresInterruptsKeepsOnlyItsOwnCandidacyWaiting() {
        CountDownLatch mayReturn = new CountDownLatch(1);
        AtomicInteger entered = new AtomicInteger();
        Candidacy candidacy = LeaderElection.of(one, PATH, "a").lead(term -> {
            entered.incrementAndGet();
            boolean returned = false;
            while (!returned) {
                try {
                    mayReturn.await();
                    returned = true;
                } catch (InterruptedException ignored) {
                    returned = false;
                }
            }
        });
        until("leads", () -> entered.get() == 1);
        Body next = new Body();
        Candidacy other = LeaderElection.of(two, PATH, "b").lead(next);
        store.faults(one).expire();
        until("the other leads", () -> next.entered.get() == 1);
        store.advance(Duration.ofSeconds(30));
        assertThat(entered).hasValue(1);
        assertThat(candidacy.isLeading()).isFalse();
        mayReturn.countDown();
        other.close();
        until("it leads again", () -> entered.get() >= 2);
    }

    /** A body that throws ends its term and is called again, but not in a hot loop; an Error likewise. */
    @Test
    void aBodyThatThrowsIsNotCalledInAHotLoop() {
        AtomicInteger calls = new AtomicInteger();
        LeaderElection.of(one, PATH, "a").lead(term -> {
            if (calls.incrementAndGet() % 2 == 0) {
                throw new AssertionError("planned");
            }
            throw new IllegalStateException("planned");
        });
        for (int i = 0; i < 200; i++) {
            store.advanceMillis(50);
            LockSupport.parkNanos(1_000_000); // lets the body's thread run; a hot loop would show
        }
        int after10Seconds = calls.get();
        assertThat(after10Seconds).isBetween(1, 40);
        until("it goes on", () -> calls.get() >= after10Seconds + 2);
    }

    /** T28: abdicating hands over and queues again at the tail; doing it twice, or without leading, does nothing more. */
    @Test
    void abdicatingHandsOverAndQueuesAgainAtTheTail() throws Exception {
        Body first = new Body();
        Body second = new Body();
        Candidacy a = LeaderElection.of(one, PATH, "a").lead(first);
        until("a leads", () -> first.entered.get() == 1);
        Candidacy b = LeaderElection.of(two, PATH, "b").lead(second);
        b.abdicate();
        a.abdicate();
        a.abdicate();
        until("b leads", () -> second.entered.get() == 1);
        assertThat(first.interrupted).hasValue(1);
        CompletableFuture<Integer> both = store.background(() -> {
            LeaderElection election = LeaderElection.of(one, PATH, "x");
            while (election.participants().size() < 2) {
                Thread.onSpinWait();
            }
            return 2;
        });
        until("a stands again", both::isDone);
        b.abdicate();
        until("a leads again", () -> first.entered.get() == 2);
        assertThat(b.isLeading()).isFalse();
    }

    /** A body may answer the interrupt of an abdication with any exception: the next term is used, and begins without a pause. */
    @Test
    void abdicatingFromABodyThatThrowsUsesTheNextTerm() {
        AtomicInteger entered = new AtomicInteger();
        Candidacy candidacy = LeaderElection.of(one, PATH, "a").lead(term -> {
            entered.incrementAndGet();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException stop) {
                throw new IllegalStateException("wrapped", stop);
            }
        });
        until("leads", () -> entered.get() == 1);
        store.faults(one).resetRequests();
        candidacy.abdicate();
        TestStore.eventually("leads again, with the clock at rest", () -> entered.get() == 2);
        assertThat(store.faults(one).requests().of(RequestKind.COMMIT)).isEqualTo(2);
        candidacy.close();
    }

    /** T28: a term that is over before its body has begun never runs the body: abdication, close and loss while the task waits in the executor. */
    @Test
    void aBodyWhoseTermIsOverBeforeItBeginsDoesNotRun() {
        List<Runnable> queued = Collections.synchronizedList(new ArrayList<>());
        AtomicBoolean queueing = new AtomicBoolean(true);
        Conclave client = store.connect(Conclave.builder(store.url()).executor(task -> {
            if (queueing.get()) {
                queued.add(task);
            } else {
                new Thread(task).start();
            }
        }));
        Body body = new Body();
        Candidacy candidacy = LeaderElection.of(client, PATH, "a").lead(body);
        candidacy.abdicate();
        runOn(queued.remove(0));
        store.advance(SECOND);
        assertThat(body.entered).hasValue(0);
        store.faults(client).expire();
        store.advance(SECOND);
        runOn(queued.remove(0));
        store.advance(SECOND);
        assertThat(body.entered).hasValue(0);
        CompletableFuture<Void> closing = store.background(() -> {
            candidacy.close();
            return null;
        });
        TestStore.eventually("close waits", () -> store.lastThread().getState() == Thread.State.WAITING);
        queueing.set(false);
        runOn(queued.remove(0));
        until("closed", closing::isDone);
        assertThat(body.entered).hasValue(0);
        assertThat(closing).isCompleted();
    }

    private void runOn(Runnable task) {
        CompletableFuture<Void> run = store.background(() -> {
            task.run();
            return null;
        });
        TestStore.eventually("the task has run", run::isDone);
    }

    /** List 11: close interrupts the body, waits for it, and only then leadership goes to the next. Called by the body itself it does not wait. */
    @Test
    void closingWaitsForTheBodyBeforeItHandsOver() throws Exception {
        CountDownLatch stopping = new CountDownLatch(1);
        CountDownLatch mayReturn = new CountDownLatch(1);
        Candidacy first = LeaderElection.of(one, PATH, "a").lead(term -> {
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException stop) {
                stopping.countDown();
                mayReturn.await();
            }
        });
        until("leads", first::isLeading);
        Body next = new Body();
        LeaderElection.of(two, PATH, "b").lead(next);
        CompletableFuture<Void> closing = store.background(() -> {
            first.close();
            first.close();
            return null;
        });
        stopping.await();
        store.advance(SECOND);
        assertThat(next.entered).hasValue(0);
        assertThat(closing).isNotDone();
        mayReturn.countDown();
        until("handed over", () -> next.entered.get() == 1);
        until("closed", closing::isDone);
    }

    @Test
    void aBodyMayCloseItsOwnCandidacy() {
        AtomicReference<Candidacy> self = new AtomicReference<>();
        AtomicInteger calls = new AtomicInteger();
        CountDownLatch known = new CountDownLatch(1);
        self.set(LeaderElection.of(one, PATH, "a").lead(term -> {
            known.await();
            calls.incrementAndGet();
            self.get().close();
        }));
        known.countDown();
        until("it is over", () -> self.get().completion().toCompletableFuture().isDone());
        store.advance(SECOND);
        assertThat(calls).hasValue(1);
        assertThat(self.get().completion().toCompletableFuture()).isCompleted();
    }

    /** T33: closing the Conclave interrupts running bodies and ends the candidacies; a candidacy begun after that fails at once and for good. */
    @Test
    void closingTheConclaveEndsItsCandidacies() {
        Body body = new Body();
        Candidacy leading = LeaderElection.of(one, PATH, "a").lead(body);
        until("leads", () -> body.entered.get() == 1);
        Candidacy waiting = LeaderElection.of(one, PATH, "b").lead(new Body());
        one.close();
        until(
                "ended",
                () -> leading.completion().toCompletableFuture().isDone()
                        && waiting.completion().toCompletableFuture().isDone());
        assertThat(body.interrupted).hasValue(1);
        assertThat(store.faults().sessions()).hasSize(1);

        Candidacy late = LeaderElection.of(one, PATH, "c").lead(new Body());
        until("failed", () -> late.completion().toCompletableFuture().isDone());
        assertThatThrownBy(() -> late.completion().toCompletableFuture().get())
                .hasCauseInstanceOf(BackendClosedException.class);
    }

    /** Bar 11: with one thread for everything, a loss still interrupts the body that has it. */
    @Test
    void aLossReachesTheBodyAlsoIfItHasTheExecutorsOnlyThread() {
        ExecutorService single = Executors.newSingleThreadExecutor();
        Conclave client = store.connect(Conclave.builder(store.url()).executor(single));
        Body body = new Body();
        Candidacy candidacy = LeaderElection.of(client, PATH, "a").lead(body);
        until("leads", () -> body.entered.get() == 1);
        store.faults(client).expire();
        until("leads again", () -> body.entered.get() == 2);
        assertThat(body.interrupted).hasValue(1);
        candidacy.close();
        single.shutdownNow();
    }

    /** Bar 11: an executor that runs tasks on the caller's thread gets the body onto another one, and the engine goes on. */
    @Test
    void aDirectExecutorDoesNotStopTheEngine() throws Exception {
        Conclave client = store.connect();
        Body body = new Body();
        Candidacy candidacy = LeaderElection.of(client, PATH, "a").lead(body);
        until("leads", () -> body.entered.get() == 1);
        client.nodes().set("/x", new byte[0]);
        assertThat(candidacy.isLeading()).isTrue();
        candidacy.close();
        assertThat(body.interrupted).hasValue(1);
    }

    /** Bar 11: an executor that refuses the body gets no hot loop, and leadership goes to others meanwhile. */
    @Test
    void anExecutorThatRefusesTheBodyDoesNotKeepTheTerm() {
        AtomicInteger refused = new AtomicInteger();
        AtomicBoolean refusing = new AtomicBoolean(true);
        ExecutorService pool = Executors.newCachedThreadPool();
        Conclave client = store.connect(Conclave.builder(store.url()).executor(task -> {
            if (refusing.get()) {
                if (refused.incrementAndGet() % 2 == 0) {
                    throw new IllegalStateException("planned");
                }
                throw new RejectedExecutionException("planned");
            }
            pool.execute(task);
        }));
        Body body = new Body();
        LeaderElection.of(client, PATH, "a").lead(body);
        store.advance(Duration.ofSeconds(10));
        assertThat(refused.get()).isBetween(3, 60);
        refusing.set(false);
        until("leads", () -> body.entered.get() == 1);
        pool.shutdownNow();
    }
}
