package io.conclave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.backend.inmemory.EmbeddedStore;
import io.conclave.backend.inmemory.VirtualClock;
import io.conclave.leader.LeaderLatch;
import io.conclave.lock.DistributedLock;
import io.conclave.lock.FencedLock;
import io.conclave.spi.Applied;
import io.conclave.spi.Backend;
import io.conclave.spi.BackendException;
import io.conclave.spi.Capabilities;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.SessionState;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Withdrawal;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bar 11, "Lifecycle and SPI": a backend that breaks the rules costs a failure, never a hang or a waiter that is forgotten. */
@Timeout(30)
class HostileBackendTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private enum Mood {
        SANE,
        THROWS,
        RETURNS_NULL,
        ANSWERS_NULL,
        FAILS_ODDLY,
        NEVER_ANSWERS,
        FOREIGN_THREAD
    }

    private final VirtualClock clock = new VirtualClock();
    private final EmbeddedStore store = EmbeddedStore.create(clock);
    private volatile Mood mood = Mood.SANE;

    private <T> CompletionStage<T> answer(Supplier<CompletionStage<T>> truth) {
        return switch (mood) {
            case SANE -> truth.get();
            case THROWS -> throw new IllegalStateException("planned");
            case RETURNS_NULL -> null;
            case ANSWERS_NULL -> CompletableFuture.completedFuture(null);
            case FAILS_ODDLY -> CompletableFuture.failedFuture(new java.io.IOException("planned"));
            case NEVER_ANSWERS -> new CompletableFuture<>();
            case FOREIGN_THREAD -> onForeignThread(truth);
        };
    }

    private static <T> CompletionStage<T> onForeignThread(Supplier<CompletionStage<T>> truth) {
        CompletableFuture<T> late = new CompletableFuture<>();
        Thread thread = new Thread(() -> truth.get().whenComplete((value, failure) -> {
            if (failure == null) {
                late.complete(value);
                late.complete(null); // twice
            } else {
                late.completeExceptionally(failure);
            }
        }));
        thread.setDaemon(true);
        thread.start();
        return late;
    }

    private final class HostileSession extends DelegatingSession {
        HostileSession(Session session) {
            super(session);
        }

        @Override
        public CompletionStage<CommitResult> commit(Commit commit) {
            return answer(() -> session.commit(commit));
        }

        @Override
        public CompletionStage<List<View>> read(List<Query> queries, ReadLevel level, long deadlineNanos) {
            return answer(() -> session.read(queries, level, deadlineNanos));
        }

        @Override
        public CompletionStage<Withdrawal> withdraw(OpId opId, long deadlineNanos) {
            return answer(() -> session.withdraw(opId, deadlineNanos));
        }

        @Override
        public Watch watch(WatchSpec spec, WatchListener listener) {
            if (mood == Mood.THROWS) {
                throw new IllegalStateException("planned");
            }
            return mood == Mood.RETURNS_NULL ? null : session.watch(spec, listener);
        }
    }

    private final class HostileBackend extends DelegatingBackend {
        HostileBackend(Backend backend) {
            super(backend, HostileSession::new);
        }

        @Override
        public CompletionStage<Session> openSession(SessionSpec spec, SessionListener listener, long deadlineNanos) {
            return answer(() -> super.openSession(spec, listener, deadlineNanos));
        }

        @Override
        public CompletionStage<Void> closeAsync() {
            return answer(super::closeAsync);
        }
    }

    private ConclaveBuilder options() {
        return Conclave.builder(ScriptedBackends.urlOf(new HostileBackend(store.connect())))
                .executor(Runnable::run)
                .timekeeper(clock)
                .sessionTimeout(TestStore.TTL);
    }

    private final Conclave observer =
            Conclave.builder(ScriptedBackends.urlOf(store.connect())).connect();
    private final Conclave client = options().connect();

    @AfterEach
    void close() {
        mood = Mood.SANE;
        clock.advanceInAwait(true);
        client.close();
        observer.close();
    }

    /** Every waiter ends by its deadline, in one way or another, and the next one on a sane backend is granted. */
    @ParameterizedTest
    @EnumSource(Mood.class)
    void everyWaiterEndsAndTheEngineGoesOn(Mood broken) throws Exception {
        DistributedLock lock = DistributedLock.of(client, "/locks/a");
        mood = broken;
        List<CompletableFuture<Grant>> waiting =
                List.of(lock.acquireAsync(SECOND), lock.acquireAsync(SECOND), lock.acquireAsync(SECOND));
        if (broken == Mood.FOREIGN_THREAD) {
            TestStore.eventually("a grant", waiting.get(0)::isDone);
        }
        clock.advance(SECOND);
        assertThat(waiting).allMatch(CompletableFuture::isDone);
        waiting.stream()
                .filter(each -> !each.isCompletedExceptionally())
                .forEach(each -> each.join().releaseAsync());
        mood = Mood.SANE;
        clock.advance(Duration.ofSeconds(7));
        TestStore.eventually("all are gone", () -> {
            clock.advance(Duration.ofMillis(10));
            return client.health().waiting() == 0;
        });
        DistributedLock.of(client, "/locks/b").acquire(SECOND).release();
    }

    /** A wait that watches: the watch cannot be had. */
    @ParameterizedTest
    @EnumSource(
            value = Mood.class,
            names = {"THROWS", "RETURNS_NULL"})
    void aWaiterWhoseWatchCannotBeHadEnds(Mood broken) throws Exception {
        Grant held = DistributedLock.of(observer, "/locks/a").acquire(SECOND);
        DistributedLock lock = DistributedLock.of(client, "/locks/a");
        store.faults().everyone().hold();
        CompletableFuture<Grant> waiting = lock.acquireAsync(Duration.ofMinutes(1));
        mood = broken;
        store.faults().everyone().release();
        assertThat(waiting).isCompletedExceptionally();
        mood = Mood.SANE;
        clock.advance(SECOND);
        assertThat(client.health().waiting()).isZero();
        held.release();
    }

    /** Blocking calls end at the call time-out and the grace, whatever the backend does or does not. */
    @ParameterizedTest
    @EnumSource(
            value = Mood.class,
            names = {"SANE", "FOREIGN_THREAD"},
            mode = EnumSource.Mode.EXCLUDE)
    void blockingCallsEnd(Mood broken) throws Exception {
        FencedGrant grant = FencedLock.of(client, "/locks/a").acquire(SECOND);
        LeaderLatch latch = LeaderLatch.of(client, "/leaders/a", "a");
        mood = broken;
        clock.advanceInAwait(true);
        long before = clock.nanoTime();
        assertThatThrownBy(() -> client.nodes().get("/x")).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> client.nodes().set("/x", new byte[0])).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> grant.write("/x", new byte[0])).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> DistributedLock.of(client, "/locks/b").tryAcquire())
                .isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> DistributedLock.of(client, "/locks/b").acquire(SECOND))
                .isInstanceOfAny(TimeoutException.class, RuntimeException.class);
        latch.start();
        assertThatThrownBy(() -> latch.await(SECOND)).isInstanceOf(TimeoutException.class);
        latch.close();
        grant.close();
        assertThat(Duration.ofNanos(clock.nanoTime() - before)).isLessThan(Duration.ofSeconds(40));
    }

    /** A commit that never answers is unknown, and reads that never answer say that the store was not reached. */
    @Test
    void anAnswerThatNeverComesIsToldForWhatItIs() {
        mood = Mood.NEVER_ANSWERS;
        clock.advanceInAwait(true);
        assertThatThrownBy(() -> client.nodes().set("/x", new byte[0])).isInstanceOf(OutcomeUnknownException.class);
        assertThatThrownBy(() -> client.nodes().get("/x")).isInstanceOf(UnavailableException.class);
    }

    /** Connecting to such a backend ends with an exception by its deadline. */
    @ParameterizedTest
    @EnumSource(
            value = Mood.class,
            names = {"SANE", "FOREIGN_THREAD"},
            mode = EnumSource.Mode.EXCLUDE)
    void connectingEnds(Mood broken) {
        mood = broken;
        clock.advanceInAwait(true);
        assertThatThrownBy(() -> options().connectTimeout(SECOND).connect()).isInstanceOf(RuntimeException.class);
        Supplier<CompletionStage<Backend>> connect = () -> answer(() -> new CompletableFuture<>());
        String url = ScriptedBackends.urlOf(config -> connect.get());
        assertThatThrownBy(() -> Conclave.builder(url)
                        .timekeeper(clock)
                        .connectTimeout(SECOND)
                        .connect())
                .isInstanceOf(RuntimeException.class);
    }

    /** A session that says LOST twice, and ACTIVE after that, and events after its end, change nothing any more. */
    @Test
    void whatADeadSessionSaysIsIgnored() throws Exception {
        SessionListener[] heard = new SessionListener[1];
        Session[] opened = new Session[1];
        DelegatingBackend chatty = new DelegatingBackend(store.connect(), UnaryOperator.identity()) {
            @Override
            public CompletionStage<Session> openSession(SessionSpec spec, SessionListener listener, long deadline) {
                return super.openSession(spec, listener, deadline).thenApply(session -> {
                    if (opened[0] == null) {
                        opened[0] = session;
                        heard[0] = listener;
                    }
                    return session;
                });
            }
        };
        Conclave conclave = Conclave.builder(ScriptedBackends.urlOf(chatty))
                .executor(Runnable::run)
                .connect();
        Grant grant = DistributedLock.of(conclave, "/locks/a").acquire(SECOND);
        for (SessionState state : List.of(SessionState.LOST, SessionState.LOST, SessionState.ACTIVE)) {
            heard[0].onState(opened[0], state);
        }
        clock.advance(SECOND);
        assertThat(grant.isValid()).isFalse();
        assertThat(conclave.health().sessions()).isEqualTo(2);
        DistributedLock.of(conclave, "/locks/a").acquire(SECOND).release();
        conclave.close();
    }

    /** The server comes later: what was begun before waits for it. */
    @Test
    void whatIsBegunBeforeTheServerComesGoesOnWhenItIsThere() throws Exception {
        boolean[] there = new boolean[1];
        DelegatingBackend later = new DelegatingBackend(store.connect(), UnaryOperator.identity()) {
            @Override
            public CompletionStage<Session> openSession(SessionSpec spec, SessionListener listener, long deadline) {
                return there[0]
                        ? super.openSession(spec, listener, deadline)
                        : CompletableFuture.failedFuture(new UnavailableException("no server yet"));
            }
        };
        Conclave conclave = Conclave.builder(ScriptedBackends.urlOf(later))
                .executor(Runnable::run)
                .serverMayComeLater(true)
                .connect();
        LeaderLatch latch = LeaderLatch.of(conclave, "/leaders/a", "a");
        latch.start();
        CompletableFuture<Grant> patient =
                DistributedLock.of(conclave, "/locks/a").acquireAsync();
        CompletableFuture<Grant> hasty =
                DistributedLock.of(conclave, "/locks/b").acquireAsync(SECOND);
        clock.advance(Duration.ofSeconds(30));
        assertThat(hasty).isCompletedExceptionally();
        assertThat(latch.isLeader()).isFalse();
        there[0] = true;
        clock.advance(Duration.ofSeconds(3));
        assertThat(latch.isLeader()).isTrue();
        assertThat(patient).isCompleted();
        conclave.close();
        LeaderLatch early = LeaderLatch.of(observer, "/leaders/a", "b");
        early.start();
        assertThat(early.await(SECOND).isValid()).isTrue();
    }

    /** A session that is lost while it is prepared is followed by the next: nobody who waits is told, and watches go on. */
    @Test
    void aSessionLostWhileItIsPreparedFailsNobody() throws Exception {
        AtomicInteger losses = new AtomicInteger();
        Conclave conclave = Conclave.builder(ScriptedBackends.urlOf(new DelegatingBackend(
                        store.connect(),
                        session -> losses.getAndDecrement() > 0 ? new LostWhileRead(session) : session)))
                .executor(Runnable::run)
                .connect();
        AtomicInteger changes = new AtomicInteger();
        conclave.nodes().watch("/w", (kind, path) -> changes.incrementAndGet());
        Grant held = DistributedLock.of(observer, "/locks/a").acquire(SECOND);
        CompletableFuture<Grant> waiting =
                DistributedLock.of(conclave, "/locks/a").acquireAsync();
        losses.set(3);
        store.faults().session(conclave.health().sessionId()).expire();
        clock.advance(Duration.ofSeconds(3));
        assertThat(losses).hasNegativeValue();
        assertThat(waiting).isNotDone();
        held.release();
        clock.advance(SECOND);
        assertThat(waiting).isCompleted();
        observer.nodes().set("/w/x", new byte[0]);
        clock.advance(SECOND);
        assertThat(changes).hasValue(1);
        conclave.close();
    }

    private static final class LostWhileRead extends DelegatingSession {
        LostWhileRead(Session session) {
            super(session);
        }

        @Override
        public CompletionStage<List<View>> read(List<Query> queries, ReadLevel level, long deadlineNanos) {
            return CompletableFuture.failedFuture(new SessionLostException("planned", Applied.NO));
        }
    }

    /** A watch for which there is no session, or which the store refuses, is tried again with pauses, for as long as it is wanted. */
    @Test
    void aRefusedWatchIsTriedAgainWithPauses() throws Exception {
        AtomicInteger refusals = new AtomicInteger();
        AtomicBoolean refusing = new AtomicBoolean(true);
        Conclave conclave = Conclave.builder(ScriptedBackends.urlOf(new DelegatingBackend(
                        store.connect(), session -> new DelegatingSession(session) {
                            @Override
                            public Watch watch(WatchSpec spec, WatchListener listener) {
                                boolean ours = spec.target().path().equals(NodePath.of("/w"));
                                if (ours && refusing.get() && spec.target() instanceof WatchSpec.OfNode) {
                                    refusals.incrementAndGet();
                                    throw new UnavailableException("planned: too many watches");
                                }
                                return super.watch(spec, listener);
                            }
                        })))
                .executor(Runnable::run)
                .connect();
        AtomicInteger changes = new AtomicInteger();
        Registration watching = conclave.nodes().watch("/w", (kind, path) -> changes.incrementAndGet());
        clock.advance(Duration.ofSeconds(10));
        assertThat(refusals).hasValueBetween(5, 40);
        refusing.set(false);
        clock.advance(Duration.ofSeconds(2));
        observer.nodes().set("/w", new byte[0]);
        clock.advance(SECOND);
        assertThat(changes).hasValue(1);
        refusing.set(true);
        watching.close();
        refusals.set(0);
        store.faults().session(conclave.health().sessionId()).expire();
        clock.advance(Duration.ofSeconds(3));
        assertThat(refusals).hasValue(0);
        conclave.close();
    }

    /** A watch that the store refuses for now costs a waiter pauses, not its wait; only the deadline ends it. */
    @Test
    void aWaiterWhoseWatchIsRefusedForNowGoesOn() throws Exception {
        AtomicBoolean refusing = new AtomicBoolean(true);
        Conclave conclave = Conclave.builder(ScriptedBackends.urlOf(new DelegatingBackend(
                        store.connect(), session -> new DelegatingSession(session) {
                            @Override
                            public Watch watch(WatchSpec spec, WatchListener listener) {
                                if (refusing.get() && spec.kinds().equals(Set.of(WatchSpec.Kind.DELETED))) {
                                    throw new UnavailableException("planned: too many watches");
                                }
                                return super.watch(spec, listener);
                            }
                        })))
                .executor(Runnable::run)
                .connect();
        DistributedLock lock = DistributedLock.of(conclave, "/locks/a");
        Grant held = DistributedLock.of(observer, "/locks/a").acquire(SECOND);
        CompletableFuture<Grant> bounded = lock.acquireAsync(SECOND.multipliedBy(3));
        CompletableFuture<Grant> forEver = lock.acquireAsync();
        clock.advance(SECOND.multipliedBy(2));
        assertThat(bounded).isNotDone();
        clock.advance(SECOND);
        assertThatThrownBy(bounded::get).hasCauseInstanceOf(TimeoutException.class);
        clock.advance(SECOND.multipliedBy(10));
        assertThat(forEver).isNotDone();
        held.release();
        clock.advance(SECOND.multipliedBy(2));
        assertThat(forEver).isCompleted();
        conclave.close();
    }

    /** Tokens rise over a raised epoch also where events may come long after the replies that they belong to. */
    @Test
    void tokensRiseWhereEventsComeLate() throws Exception {
        Conclave late = Conclave.builder(ScriptedBackends.urlOf(new LateEvents(store.connect())))
                .executor(Runnable::run)
                .connect();
        clock.advance(SECOND);
        assertThat(observer.epoch().raise()).isEqualTo(1);
        Grant first = DistributedLock.of(observer, "/locks/a").acquire(SECOND);
        CompletableFuture<Grant> behind = DistributedLock.of(late, "/locks/a").acquireAsync(SECOND.multipliedBy(30));
        CompletableFuture<Grant> alone = DistributedLock.of(late, "/locks/b").acquireAsync(SECOND);
        assertThat(alone.join().fencingToken()).isGreaterThan(first.fencingToken());
        first.release();
        clock.advance(SECOND.multipliedBy(29));
        assertThat(behind.join().fencingToken()).isGreaterThan(first.fencingToken());
        late.close();
    }

    /** A backend without the capability eventBeforeReply: its events come ten seconds late. */
    private final class LateEvents extends DelegatingBackend {
        LateEvents(Backend backend) {
            super(backend, LateSession::new);
        }

        @Override
        public Capabilities capabilities() {
            Capabilities all = super.capabilities();
            return new Capabilities(
                    all.durability(),
                    all.exactHistory(),
                    false,
                    all.createdRevisionGuard(),
                    all.snapshotRead(),
                    all.minimumTtl(),
                    all.ttlStep(),
                    all.maxPayloadBytes(),
                    all.maxOperations(),
                    all.maxCommitBytes());
        }
    }

    private final class LateSession extends DelegatingSession {
        LateSession(Session session) {
            super(session);
        }

        @Override
        public Watch watch(WatchSpec spec, WatchListener listener) {
            return super.watch(spec, new WatchListener() {
                @Override
                public void onChange(WatchSpec.Kind kind, NodePath path, long revision) {
                    clock.schedule(() -> listener.onChange(kind, path, revision), SECOND.multipliedBy(10));
                }

                @Override
                public void onResync(long revision) {
                    clock.schedule(() -> listener.onResync(revision), SECOND.multipliedBy(10));
                }

                @Override
                public void onEnd(BackendException why) {
                    listener.onEnd(why);
                }
            });
        }
    }

    /** Failures that cannot pass are told to who waits, and the next try may succeed. */
    @Test
    void aRefusedSessionIsToldToWhoWaits() {
        RuntimeException[] refusal = {new io.conclave.spi.AccessDeniedException("planned")};
        DelegatingBackend refusing = new DelegatingBackend(store.connect(), UnaryOperator.identity()) {
            @Override
            public CompletionStage<Session> openSession(SessionSpec spec, SessionListener listener, long deadline) {
                return refusal[0] == null
                        ? super.openSession(spec, listener, deadline)
                        : CompletableFuture.failedFuture(refusal[0]);
            }
        };
        Conclave conclave = Conclave.builder(ScriptedBackends.urlOf(refusing))
                .executor(Runnable::run)
                .serverMayComeLater(true)
                .connect();
        CompletableFuture<Grant> waiting =
                DistributedLock.of(conclave, "/locks/a").acquireAsync();
        clock.advance(Duration.ofSeconds(3));
        assertThatThrownBy(waiting::get).hasCauseInstanceOf(BackendException.class);
        refusal[0] = null;
        clock.advance(Duration.ofSeconds(3));
        assertThat(DistributedLock.of(conclave, "/locks/a").acquireAsync()).isCompleted();
        conclave.close();
    }
}
