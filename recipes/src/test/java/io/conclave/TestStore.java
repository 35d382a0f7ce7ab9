package io.conclave;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.backend.inmemory.ClientFaults;
import io.conclave.backend.inmemory.EmbeddedStore;
import io.conclave.backend.inmemory.FaultControl;
import io.conclave.backend.inmemory.VirtualClock;
import io.conclave.spi.Backend;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Session;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * An embedded store with virtual time, and the clients that a test connects to it. User callbacks run on the engine's thread, so all that follows has happened when a call
 * returns. A paused client's timers stop, as in a process that is stopped.
 */
public final class TestStore implements AutoCloseable {
    /** The session time-out of every client. */
    public static final Duration TTL = Duration.ofSeconds(6);

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final AtomicInteger NAMES = new AtomicInteger();

    public final VirtualClock clock = new VirtualClock();
    public final String name = "test-" + NAMES.incrementAndGet();
    public final EmbeddedStore store =
            EmbeddedStore.builder().name(name).clock(clock).pausableTimers(true).register();
    private final List<Conclave> clients = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();

    /** The URL of the store. */
    public String url() {
        return "inmemory:" + name;
    }

    /** A new client, as another process would be. */
    public Conclave connect() {
        return connect(Conclave.builder(url()).executor(Runnable::run));
    }

    /** A new client with these options. */
    public Conclave connect(ConclaveBuilder options) {
        Conclave conclave = options.sessionTimeout(TTL).connect();
        clients.add(conclave);
        return conclave;
    }

    public FaultControl faults() {
        return store.faults();
    }

    /** Writes as no client of the library does. */
    public void write(Write... writes) {
        Backend raw = store.connect();
        long deadline = clock.deadlineAfter(TTL);
        Session session = raw.openSession(new SessionSpec(TTL, 1), (any, state) -> {}, deadline)
                .toCompletableFuture()
                .join();
        Commit.Builder commit = Commit.builder(session.newOpId(), deadline);
        List.of(writes).forEach(commit::write);
        assertThat(session.commit(commit.build()).toCompletableFuture().join())
                .isInstanceOf(CommitResult.Applied.class);
        raw.closeAsync();
    }

    /** The faults of a client's present session. */
    public ClientFaults faults(Conclave client) {
        return store.faults().session(client.health().sessionId());
    }

    public void advance(Duration by) {
        clock.advance(by);
    }

    public void advanceMillis(long millis) {
        clock.advance(Duration.ofMillis(millis));
    }

    /** Runs a blocking call on another thread, which is gone when the store is closed. */
    public <T> CompletableFuture<T> background(Callable<T> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        result.complete(call.call());
                    } catch (Throwable failure) {
                        result.completeExceptionally(failure);
                    }
                },
                "test-" + (threads.size() + 1));
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
        return result;
    }

    /** The thread that was started last. */
    public Thread lastThread() {
        return threads.get(threads.size() - 1);
    }

    /** Waits, in real time and with a bound, for what other threads do. */
    public static void eventually(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline)
                    .as("waited too long until " + what)
                    .isNegative();
            LockSupport.parkNanos(200_000);
        }
    }

    /** True for the commit that makes a contender. */
    public static boolean makesContender(Commit commit) {
        return commit.writes().stream().anyMatch(write -> write instanceof Write.CreateSequential);
    }

    /** True for the commit that removes a contender. */
    public static boolean removesContender(Commit commit) {
        return commit.writes().stream()
                .anyMatch(write -> write instanceof Write.Delete delete
                        && delete.path().name().matches(".*(lock|latch)-[0-9]+"));
    }

    @Override
    public void close() {
        clock.advanceInAwait(true);
        faults().everyone().resume();
        faults().everyone().heal();
        clients.forEach(Conclave::close);
        for (Thread thread : threads) {
            thread.interrupt();
            try {
                thread.join(TimeUnit.NANOSECONDS.toMillis(PATIENCE_NANOS));
            } catch (InterruptedException interrupted) {
                throw new AssertionError("interrupted while threads end", interrupted);
            }
            assertThat(thread.isAlive()).as(thread.getName() + " has ended").isFalse();
        }
        EmbeddedStore.discard(name);
    }
}
