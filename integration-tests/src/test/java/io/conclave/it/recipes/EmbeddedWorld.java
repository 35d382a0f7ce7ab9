package io.conclave.it.recipes;

import io.conclave.Conclave;
import io.conclave.backend.inmemory.ClientFaults;
import io.conclave.backend.inmemory.EmbeddedStore;
import io.conclave.backend.inmemory.Fault;
import io.conclave.backend.inmemory.VirtualClock;
import io.conclave.spi.Commit;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The embedded store with virtual time. User callbacks run on the engine's thread. */
final class EmbeddedWorld implements World {
    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final Duration STEP = Duration.ofMillis(10);
    private static final long OTHER_THREADS_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

    /** Threads of the test are not in this time: while some run, a step takes so long that a busy machine gets to them, too. */
    private static final long BLOCKED_THREADS_NANOS = TimeUnit.MICROSECONDS.toNanos(500);

    private final VirtualClock clock = new VirtualClock();
    private final String name = "world-" + NAMES.incrementAndGet();
    private final EmbeddedStore store =
            EmbeddedStore.builder().name(name).clock(clock).pausableTimers(true).register();
    private final List<Conclave> clients = new ArrayList<>();
    private final BackgroundCalls threads = new BackgroundCalls();
    private final Conclave onlooker = connect();

    private Conclave connect() {
        return Conclave.builder("inmemory:" + name)
                .sessionTimeout(SESSION)
                .executor(Runnable::run)
                .connect();
    }

    @Override
    public Conclave client() {
        Conclave client = connect();
        clients.add(client);
        return client;
    }

    private ClientFaults faults(Conclave client) {
        return store.faults().session(client.health().sessionId());
    }

    @Override
    public void expire(Conclave client) throws Exception {
        long before = client.health().sessions();
        faults(client).expire();
        await(
                "the client has its next session",
                () -> client.health().sessions() > before && client.health().isHealthy());
    }

    @Override
    public void cut(Conclave client) {
        faults(client).suspend();
    }

    @Override
    public void heal(Conclave client) {
        faults(client).heal();
    }

    @Override
    public CompletableFuture<?> loseNextReply(Conclave client, Predicate<String> path, boolean thenCut) {
        CompletableFuture<Void> lost = new CompletableFuture<>();
        AtomicBoolean met = new AtomicBoolean();
        faults(client)
                .onCommit(
                        commit -> {
                            boolean touches = places(commit).anyMatch(path);
                            if (touches && met.compareAndSet(false, true)) {
                                clock.executor().execute(() -> {
                                    if (thenCut) {
                                        faults(client).suspend();
                                    }
                                    lost.complete(null);
                                });
                            }
                            return touches;
                        },
                        1,
                        Fault.DROP_REPLY);
        return lost;
    }

    private static Stream<String> places(Commit commit) {
        return Stream.concat(
                        commit.writes().stream().map(Write::place),
                        commit.guards().stream().map(Guard::path))
                .map(Object::toString);
    }

    @Override
    public void await(String what, Callable<Boolean> condition) throws Exception {
        Exception last = null;
        Duration patience = threads.areRunning() ? PATIENCE.multipliedBy(3) : PATIENCE;
        for (Duration waited = Duration.ZERO; waited.compareTo(patience) <= 0; waited = waited.plus(STEP)) {
            clock.runPending();
            last = null;
            try {
                if (condition.call()) {
                    return;
                }
            } catch (InterruptedException interrupted) {
                throw interrupted;
            } catch (Exception notYet) {
                last = notYet;
            }
            LockSupport.parkNanos(threads.areRunning() ? BLOCKED_THREADS_NANOS : OTHER_THREADS_NANOS);
            clock.advance(STEP);
        }
        throw new AssertionError("waited " + PATIENCE.toSeconds() + " s until " + what + ", in vain", last);
    }

    @Override
    public <T> T get(CompletionStage<T> stage) throws Exception {
        CompletableFuture<T> future = stage.toCompletableFuture();
        await("the result is there", future::isDone);
        try {
            return future.get();
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof Exception cause ? cause : failed;
        }
    }

    @Override
    public <T> CompletableFuture<T> background(Callable<T> call) {
        return threads.start(call);
    }

    @Override
    public void interrupt(CompletableFuture<?> call) {
        threads.interrupt(call);
    }

    @Override
    public void pass(Duration time) {
        clock.advance(time);
    }

    @Override
    public List<Node> nodes() throws Exception {
        return onlooker.nodes().subtree("/", 10_000);
    }

    @Override
    public void close() {
        clock.advanceInAwait(true);
        store.faults().everyone().resume();
        store.faults().everyone().heal();
        clients.forEach(Conclave::close);
        onlooker.close();
        threads.end();
        EmbeddedStore.discard(name);
    }
}
