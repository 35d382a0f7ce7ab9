package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.SessionState;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.WatchSpec.Kind;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** H1, H2: threads and listeners. */
final class ThreadRules {
    private static final Duration PROMPT = Duration.ofSeconds(1);
    private static final int THREADS = 3;
    private static final int CALLS = 40;

    private ThreadRules() {}

    static Chapter chapter() {
        return new Chapter("Threads")
                .check("H1", "no method blocks while the store is out of reach", ThreadRules::nothingBlocks)
                .check("H1", "completions and calls come one at a time", ThreadRules::oneAtATime)
                .check("H1", "listeners may call the session", ThreadRules::callsFromListeners)
                .check("H2", "a state listener that throws disturbs nobody", ThreadRules::throwingStateListener)
                .check("H2", "a watch listener that throws disturbs nobody", ThreadRules::throwingWatchListener);
    }

    private static Write create(String path) {
        return Write.create(Lab.at(path), Payload.empty(), CreateMode.PERSISTENT);
    }

    private static void nothingBlocks(Lab lab) {
        Client client = lab.client();
        lab.cut(client);
        long deadline = lab.time().deadlineAfter(lab.ttl().dividedBy(4));
        prompt(
                "commit",
                () -> client.session()
                        .commit(client.commit().write(create("/n")).build()));
        prompt("read", () -> client.session().read(List.of(Query.get(Lab.at("/n"))), ReadLevel.LINEARIZABLE, deadline));
        prompt("withdraw", () -> client.session().withdraw(client.session().newOpId(), deadline));
        prompt("watch", () -> client.startWatch(WatchSpec.node(Lab.at("/n")), call -> {}));
        prompt(
                "openSession",
                () -> client.backend().openSession(new SessionSpec(lab.ttl(), 97), (session, state) -> {}, deadline));
        prompt("closeAsync of the session", () -> client.session().closeAsync());
        prompt("closeAsync of the backend", () -> client.backend().closeAsync());
    }

    private static void prompt(String what, Supplier<?> call) {
        Timekeeper real = Timekeeper.system();
        long start = real.nanoTime();
        Object result = call.get();
        Duration took = Duration.ofNanos(real.nanoTime() - start);
        assertTrue(took.compareTo(PROMPT) < 0, what + " blocked for " + took + " before it returned " + result);
    }

    private static void oneAtATime(Lab lab) {
        Client client = lab.client();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger overlaps = new AtomicInteger();
        ThreadLocal<Boolean> calling = ThreadLocal.withInitial(() -> false);
        Runnable body = () -> {
            // a stage that is already complete runs its dependents on the thread that adds them
            if (!calling.get()) {
                occupy(inside, overlaps);
            }
        };
        WatchLog log = client.watch(WatchSpec.subtree(Lab.at("/d")), call -> occupy(inside, overlaps));
        ConcurrentLinkedQueue<CompletionStage<?>> stages = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            String directory = "/d/t" + t;
            Thread thread = new Thread(() -> callOften(lab, client, directory, stages, calling, body));
            threads.add(thread);
            thread.start();
        }
        lab.until(() -> threads.stream().noneMatch(Thread::isAlive), "the calling threads' end");
        stages.forEach(stage -> lab.await(stage, "an operation"));
        assertEquals(2 * THREADS * CALLS, stages.size(), "operations called");
        lab.until(() -> log.size() > 0, "a change being told");
        assertEquals(0, overlaps.get(), "completions and listener calls that ran while another one did");
    }

    private static void callOften(
            Lab lab,
            Client client,
            String directory,
            ConcurrentLinkedQueue<CompletionStage<?>> stages,
            ThreadLocal<Boolean> calling,
            Runnable body) {
        for (int i = 0; i < CALLS; i++) {
            CompletionStage<CommitResult> commit = client.session()
                    .commit(client.commit().write(create(directory + "/n" + i)).build());
            CompletionStage<?> read = client.session()
                    .read(List.of(Query.children(Lab.at(directory))), ReadLevel.OWN_WRITES, lab.deadline());
            calling.set(true);
            stages.add(commit.thenRun(body));
            stages.add(read.thenRun(body));
            calling.set(false);
        }
    }

    /** Stays inside for a moment and counts who else is there. */
    private static void occupy(AtomicInteger inside, AtomicInteger overlaps) {
        if (inside.incrementAndGet() > 1) {
            overlaps.incrementAndGet();
        }
        for (int i = 0; i < 2_000; i++) {
            Thread.onSpinWait();
        }
        inside.decrementAndGet();
    }

    private static void callsFromListeners(Lab lab) {
        Client client = lab.client();
        ConcurrentLinkedQueue<CompletionStage<?>> nested = new ConcurrentLinkedQueue<>();
        client.watch(WatchSpec.subtree(Lab.at("/d")), call -> {
            if (nested.size() < 6) {
                nested.add(client.session()
                        .commit(client.commit()
                                .write(create("/d/nested" + nested.size()))
                                .build()));
                nested.add(client.session()
                        .read(List.of(Query.children(Lab.at("/d"))), ReadLevel.OWN_WRITES, lab.deadline()));
            }
        });
        client.create("/d/first", "");
        lab.until(() -> nested.size() >= 6, "changes made by the listener being told to it");
        nested.forEach(stage -> lab.await(stage, "an operation called by a listener"));
    }

    private static void throwingStateListener(Lab lab) {
        Client client = lab.client(lab.connect(), lab.ttl(), (session, state) -> {
            throw new IllegalStateException("a listener that throws on purpose");
        });
        WatchLog log = client.watch(WatchSpec.node(Lab.at("/n")));
        client.create("/n", "");
        client.assertTold(log, 0, Kind.CREATED, "/n");
        lab.await(client.session().closeAsync(), "closeAsync");
        lab.until(() -> client.states().has(SessionState.CLOSED), "CLOSED being told");
    }

    private static void throwingWatchListener(Lab lab) {
        Client client = lab.client();
        WatchLog throwing = client.watch(WatchSpec.subtree(Lab.at("/d")), call -> {
            throw new IllegalStateException("a listener that throws on purpose");
        });
        WatchLog other = client.watch(WatchSpec.subtree(Lab.at("/d")));
        for (int i = 0; i < 3; i++) {
            int before = other.size();
            int thrown = throwing.size();
            client.create("/d/n" + i, "");
            client.assertTold(other, before, Kind.CREATED, "/d/n" + i);
            client.assertTold(throwing, thrown, Kind.CREATED, "/d/n" + i);
        }
        assertEquals(List.of(), client.states().changes(), "states that the session reported");
    }
}
