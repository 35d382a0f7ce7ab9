package io.conclave.backend.inmemory;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.spi.Backend;
import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Guard;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many threads at once, with connections that break, in real time. */
@Timeout(60)
class RealTimeTest {
    private static final int THREADS = 4;
    private static final int INCREMENTS = 300;
    private static final NodePath COUNTER = Trees.at("/counter");

    private final Timekeeper time = Timekeeper.system();
    private final EmbeddedStore store = EmbeddedStore.create(time);
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    private Session open(Backend backend) {
        return get(backend.openSession(new SessionSpec(Duration.ofSeconds(20), 1), (session, state) -> {}, deadline()));
    }

    private long deadline() {
        return time.deadlineAfter(Duration.ofSeconds(20));
    }

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }

    /** Rules C2 and C4: each increment counts once, although answers and requests are lost all the time. */
    @Test
    void incrementsByManyThreadsWithLostMessagesAddUp() throws Exception {
        Session first = open(store.connect());
        get(first.commit(Commit.builder(first.newOpId(), deadline())
                .write(Trees.persistent("/counter"))
                .build()));
        store.faults().randomly(7, 0.1);
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Session session = open(store.connect());
            running.add(threads.submit(() -> {
                for (int done = 0; done < INCREMENTS; ) {
                    done += increment(session) ? 1 : 0;
                }
            }));
        }
        for (Future<?> thread : running) {
            thread.get(50, TimeUnit.SECONDS);
        }
        store.faults().clear();
        assertThat(versionOf(first)).isEqualTo(THREADS * INCREMENTS);
    }

    private boolean increment(Session session) {
        OpId opId = session.newOpId();
        Guard guard = Guard.versionIs(COUNTER, retry(() -> read(session)));
        Commit commit = Commit.builder(opId, deadline())
                .guard(guard)
                .write(Trees.put("/counter", "x"))
                .build();
        return retry(() -> session.commit(commit)) instanceof CommitResult.Applied;
    }

    private CompletionStage<Long> read(Session session) {
        return session.read(List.of(Query.get(COUNTER)), ReadLevel.LINEARIZABLE, deadline())
                .thenApply(views ->
                        ((View.OfNode) views.get(0)).node().orElseThrow().version());
    }

    private long versionOf(Session session) {
        return get(read(session));
    }

    private static <T> T retry(Supplier<CompletionStage<T>> call) {
        while (true) {
            try {
                return get(call.get());
            } catch (CompletionException failed) {
                boolean again = failed.getCause() instanceof IndeterminateException
                        || failed.getCause() instanceof UnavailableException;
                if (!again) {
                    throw failed;
                }
            }
        }
    }

    /** Rules W1 and W7: with cuts and heals while others write, every change is told once and in order. */
    @Test
    void aWatchMissesNothingWhileItsConnectionBreaksAgainAndAgain() throws Exception {
        Session writer = open(store.connect());
        Session watcher = open(store.connect());
        List<Long> revisions = new ArrayList<>(); // touched by the watcher's calls only, which are serial
        AtomicInteger resyncs = new AtomicInteger();
        CompletableFuture<Void> last = new CompletableFuture<>();
        WatchListener listener = new WatchListener() {
            @Override
            public void onChange(WatchSpec.Kind kind, NodePath path, long revision) {
                revisions.add(revision);
                if (kind == WatchSpec.Kind.DELETED) {
                    last.complete(null);
                }
            }

            @Override
            public void onResync(long revision) {
                resyncs.incrementAndGet();
            }

            @Override
            public void onEnd(BackendException why) {
                last.completeExceptionally(why);
            }
        };
        get(watcher.watch(WatchSpec.subtree(NodePath.root()), listener).active());
        AtomicBoolean done = new AtomicBoolean();
        ClientFaults faults = store.faults().session(watcher.id());
        Future<?> breaker = threads.submit(() -> {
            while (!done.get()) {
                faults.suspend();
                faults.heal();
                retry(() -> watcher.read(List.of(Query.get(COUNTER)), ReadLevel.LINEARIZABLE, deadline()));
            }
        });
        List<Long> written = new ArrayList<>();
        written.add(write(writer, Trees.persistent("/counter")));
        for (int i = 0; i < 2_000; i++) {
            written.add(write(writer, Trees.put("/counter", "x")));
        }
        done.set(true);
        breaker.get(20, TimeUnit.SECONDS);
        faults.heal();
        written.add(write(writer, Trees.delete("/counter")));
        last.get(20, TimeUnit.SECONDS);
        if (resyncs.get() == 0) {
            assertThat(revisions).isEqualTo(written);
        } else {
            assertThat(revisions).isSorted().doesNotHaveDuplicates();
            assertThat(written).containsAll(revisions);
        }
    }

    private long write(Session writer, Write write) {
        CommitResult result = get(writer.commit(
                Commit.builder(writer.newOpId(), deadline()).write(write).build()));
        return ((CommitResult.Applied) result).revision().orElseThrow();
    }

    /** Rules H1 and W8: a listener that blocks stops its own session and no other. */
    @Test
    void aBlockedListenerStopsNobodyElse() throws Exception {
        Session blocked = open(store.connect());
        Session writer = open(store.connect());
        CompletableFuture<Void> entered = new CompletableFuture<>();
        CompletableFuture<Void> goOn = new CompletableFuture<>();
        AtomicReference<Thread> where = new AtomicReference<>();
        AtomicInteger calls = new AtomicInteger();
        get(blocked.watch(WatchSpec.node(COUNTER), new WatchListener() {
                    @Override
                    public void onChange(WatchSpec.Kind kind, NodePath path, long revision) {
                        calls.incrementAndGet();
                        where.set(Thread.currentThread());
                        entered.complete(null);
                        goOn.join();
                    }

                    @Override
                    public void onResync(long revision) {
                        calls.incrementAndGet();
                    }

                    @Override
                    public void onEnd(BackendException why) {
                        calls.incrementAndGet();
                    }
                })
                .active());
        write(writer, Trees.persistent("/counter"));
        entered.get(20, TimeUnit.SECONDS);
        for (int i = 0; i < 5_000; i++) {
            write(writer, Trees.put("/counter", "x"));
        }
        assertThat(where.get()).isNotSameAs(Thread.currentThread());
        assertThat(calls).hasValue(1);
        goOn.complete(null);
        get(blocked.read(List.of(Query.get(COUNTER)), ReadLevel.LINEARIZABLE, deadline()));
        assertThat(calls.get()).as("events and one resync").isEqualTo(ClientWatch.WAITING_MAX + 2);
    }
}
