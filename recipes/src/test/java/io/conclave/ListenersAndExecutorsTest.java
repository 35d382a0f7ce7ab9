package io.conclave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.backend.inmemory.ClientFaults;
import io.conclave.leader.LeaderLatch;
import io.conclave.leader.LeadershipListener;
import io.conclave.lock.DistributedLock;
import io.conclave.spi.SessionState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bar 11 and T27: bad listeners and executors (fault-matrix.md). */
@Timeout(30)
class ListenersAndExecutorsTest {
    private static final String PATH = "/locks/orders";
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final TestStore store = new TestStore();
    private final Conclave one = store.connect();
    private final DistributedLock lock = DistributedLock.of(one, PATH);

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void nullListenersAreRefusedAtTheCall() throws Exception {
        Grant grant = lock.acquire(SECOND);
        assertThatThrownBy(() -> grant.onLost(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> one.addStateListener(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> one.nodes().watch("/x", null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> Conclave.builder(store.url()).executor(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> Conclave.builder(store.url()).observer(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    void aStateListenerIsAddedOnceAndMayRemoveItselfWhileItRuns() {
        AtomicInteger calls = new AtomicInteger();
        AtomicReference<Registration> self = new AtomicReference<>();
        StateListener listener = state -> {
            calls.incrementAndGet();
            self.get().close();
            self.get().close();
        };
        self.set(one.addStateListener(listener));
        assertThatThrownBy(() -> one.addStateListener(listener)).isInstanceOf(IllegalArgumentException.class);
        store.faults(one).suspend();
        store.faults(one).heal();
        assertThat(calls).hasValue(1);
        self.set(one.addStateListener(listener));
        store.faults(one).suspend();
        assertThat(calls).hasValue(2);
    }

    /** A listener that throws, also an Error, disturbs neither the others nor the engine. */
    @Test
    void listenersThatThrowDisturbNobody() throws Exception {
        List<String> heard = new ArrayList<>();
        Grant grant = lock.acquire(SECOND);
        grant.onLost(() -> {
            throw new AssertionError("planned");
        });
        grant.onLost(() -> {
            throw new IllegalStateException("planned");
        });
        grant.onLost(() -> heard.add("grant"));
        one.addStateListener(state -> {
            throw new AssertionError("planned");
        });
        one.addStateListener(state -> heard.add(state.toString()));
        store.faults(one).expire();
        CompletableFuture<Grant> again = lock.acquireAsync(SECOND);
        store.advance(SECOND);
        assertThat(again).isCompleted();
        assertThat(heard).contains("grant", "LOST", "ACTIVE");
    }

    /** A listener runs once: not after a release, not after it was removed, at once if the loss was before. */
    @Test
    void onLostIsToldOnceAndOnlyOfALoss() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Grant released = lock.acquire(SECOND);
        released.onLost(calls::incrementAndGet);
        released.release();
        Grant lost = lock.acquire(SECOND);
        lost.onLost(calls::incrementAndGet).close();
        Registration twice = lost.onLost(() -> calls.addAndGet(100));
        lost.onLost(() -> calls.addAndGet(100));
        store.faults(one).expire();
        store.advance(TestStore.TTL);
        assertThat(calls).hasValue(200);
        lost.onLost(() -> calls.addAndGet(1_000));
        assertThat(calls).hasValue(1_200);
        twice.close();
        released.onLost(calls::incrementAndGet);
        assertThat(calls).hasValue(1_200);
    }

    /** A listener may call back into the recipe, and may close the client. */
    @Test
    void aListenerMayReenterAndCloseTheClient() throws Exception {
        AtomicReference<CompletableFuture<Grant>> again = new AtomicReference<>();
        Grant grant = lock.acquire(SECOND);
        grant.onLost(() -> {
            grant.isValid();
            grant.close();
            again.set(lock.acquireAsync());
            assertThat(again.get()).isNotDone();
        });
        store.faults(one).expire();
        store.advance(SECOND);
        assertThat(again.get()).isCompleted();

        again.get().join().onLost(one::close);
        store.faults(one).expire();
        store.advance(SECOND);
        assertThat(one.state()).isEqualTo(SessionState.CLOSED);
        assertThat(store.faults().sessions()).isEmpty();
    }

    /** An executor that refuses in whatever way, or is shut down, costs no callback and no waiter. */
    @Test
    void whatTheExecutorRefusesRunsAllTheSame() throws Exception {
        ExecutorService shutDown = Executors.newSingleThreadExecutor();
        shutDown.shutdown();
        List<Executor> executors = List.of(
                shutDown,
                task -> {
                    throw new RejectedExecutionException("planned");
                },
                task -> {
                    throw new IllegalStateException("planned");
                },
                task -> {
                    throw new OutOfMemoryError("planned: no more threads");
                });
        for (Executor executor : executors) {
            Conclave client = store.connect(Conclave.builder(store.url()).executor(executor));
            AtomicInteger lost = new AtomicInteger();
            CompletableFuture<Grant> grant = DistributedLock.of(client, PATH).acquireAsync();
            TestStore.eventually("granted", grant::isDone);
            grant.join().onLost(lost::incrementAndGet);
            store.faults(client).expire();
            TestStore.eventually("told", () -> lost.get() == 1);
            store.advance(SECOND);
            CompletableFuture<Grant> again = DistributedLock.of(client, PATH).acquireAsync();
            TestStore.eventually("granted again", again::isDone);
            again.join().release();
            client.close();
        }
    }

    /** Dependents of the futures that users get run on the user's executor, where blocking is refused: one that blocks must not stop the engine. */
    @Test
    void dependentsOfFuturesRunOnTheUsersExecutor() throws Exception {
        AtomicInteger running = new AtomicInteger();
        Executor executor = task -> {
            running.incrementAndGet();
            task.run();
            running.decrementAndGet();
        };
        CompletableFuture<Void> updated = new CompletableFuture<>();
        DelegatingBackend backend = new DelegatingBackend(store.store.connect(), UnaryOperator.identity()) {
            @Override
            public CompletionStage<Void> updateServers(List<String> servers) {
                return updated;
            }
        };
        Conclave client =
                store.connect(Conclave.builder(ScriptedBackends.urlOf(backend)).executor(executor));
        List<String> heard = new ArrayList<>();
        Grant grant = DistributedLock.of(client, PATH).acquire(SECOND);
        ClientFaults faults = store.faults(client);
        faults.hold();
        grant.releaseAsync().thenRun(() -> heard.add("released " + running.get()));
        faults.release();
        client.updateServers(List.of("host:1")).thenRun(() -> heard.add("updated " + running.get()));
        updated.complete(null);
        faults.hold();
        client.closeAsync().thenRun(() -> heard.add("closed " + running.get()));
        faults.release();
        store.advance(SECOND);
        assertThat(heard).containsExactly("released 1", "updated 1", "closed 1");
    }

    /** A listener that was removed hears nothing more, also not what waits for it on the executor. */
    @Test
    void aRemovedListenerIsNotCalled() throws Exception {
        List<Runnable> tasks = new ArrayList<>();
        Conclave client = store.connect(Conclave.builder(store.url()).executor(tasks::add));
        List<String> heard = new ArrayList<>();
        LeaderLatch latch = LeaderLatch.of(client, "/leaders/a", "a");
        latch.start();
        List<Registration> all = List.of(
                DistributedLock.of(client, PATH).acquire(SECOND).onLost(() -> heard.add("grant")),
                client.addStateListener(state -> heard.add("state")),
                client.nodes().watch("/w", (kind, path) -> heard.add("watch")),
                latch.addListener(new LeadershipListener() {
                    @Override
                    public void onGained(FencedGrant term) {
                        heard.add("gained");
                    }

                    @Override
                    public void onLost(FencedGrant term) {
                        heard.add("lost");
                    }
                }));
        one.nodes().set("/w", new byte[0]);
        store.faults(client).expire();
        store.advance(SECOND);
        assertThat(tasks).hasSizeGreaterThanOrEqualTo(4);
        all.forEach(Registration::close);
        tasks.forEach(Runnable::run);
        assertThat(heard).isEmpty();
    }

    /** An observer that throws, also an Error, disturbs nothing. */
    @Test
    void anObserverThatThrowsDisturbsNothing() throws Exception {
        ConclaveObserver throwing = new ConclaveObserver() {
            @Override
            public void onGranted(String path, Duration waited) {
                throw new AssertionError("planned");
            }

            @Override
            public void onReleased(String path, Duration held) {
                throw new IllegalStateException("planned");
            }

            @Override
            public void onState(SessionState state) {
                throw new AssertionError("planned");
            }
        };
        Conclave client = store.connect(
                Conclave.builder(store.url()).executor(Runnable::run).observer(throwing));
        DistributedLock.of(client, PATH).acquire(SECOND).release();
        store.faults(client).expire();
        store.advance(SECOND);
        DistributedLock.of(client, PATH).acquire(SECOND).release();
        assertThat(lock.queue().contenders()).isEmpty();
    }

    /** What the observer hears adds up. */
    @Test
    void theObserverHearsEachStoryOnce() throws Exception {
        List<String> heard = new ArrayList<>();
        ConclaveObserver observer = new ConclaveObserver() {
            @Override
            public void onGranted(String path, Duration waited) {
                heard.add("granted after " + waited.toSeconds());
            }

            @Override
            public void onReleased(String path, Duration held) {
                heard.add("released after " + held.toSeconds());
            }

            @Override
            public void onLost(String path, Duration held) {
                heard.add("lost after " + held.toSeconds());
            }

            @Override
            public void onGaveUp(String path, Duration waited) {
                heard.add("gave up after " + waited.toSeconds());
            }
        };
        Conclave client = store.connect(
                Conclave.builder(store.url()).executor(Runnable::run).observer(observer));
        DistributedLock observed = DistributedLock.of(client, PATH);
        Grant held = lock.acquire(SECOND);
        observed.acquireAsync(SECOND.multipliedBy(2));
        store.advance(SECOND.multipliedBy(2));
        CompletableFuture<Grant> waiting = observed.acquireAsync();
        store.advance(SECOND);
        held.release();
        store.advance(SECOND.multipliedBy(3));
        waiting.join().release();
        Grant lost = observed.acquire(SECOND);
        store.faults(client).expire();
        assertThat(lost.isValid()).isFalse();
        assertThat(heard)
                .containsExactly(
                        "gave up after 2", "granted after 1", "released after 3", "granted after 0", "lost after 0");
    }
}
