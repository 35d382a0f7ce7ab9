package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.it.support.Await;
import io.conclave.it.support.Figures;
import io.conclave.it.support.SchedulingProbe;
import io.conclave.it.support.ServerBehindProxy;
import io.conclave.it.support.ServerBehindProxy.Hole;
import io.conclave.it.support.Servers;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code acquire(1 s)} ends at its deadline, whatever the server does, and leaves no contender behind one second after the server answers again: when the fault comes before the acquire, and when
 * it comes while the acquire waits behind a holder.
 */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DeadlineScenario {
    private static final Duration WAIT = Duration.ofSeconds(1);
    private static final Duration SESSION = Duration.ofSeconds(10);
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration CLEAN_UP = Duration.ofSeconds(1);
    private static final Duration WATCHED = CLEAN_UP.plusMillis(200);
    private static final AtomicInteger LOCKS = new AtomicInteger();

    private Servers servers;
    private ServerBehindProxy server;
    private Conclave conclave;
    private String path;

    /** What happens to the server. */
    enum Fault {
        /** Killed; later started again. */
        DOWN(true),
        /** Nothing passes and nobody is told; later everything that was sent arrives, as TCP sees to. */
        BLACK_HOLED(false),
        /** Everything sent is lost and nobody is told; later the connections are cut. */
        LOST_IN_THE_HOLE(true),
        /** Requests arrive, answers are lost and nobody is told; later the connections are cut. */
        ANSWERS_LOST(true),
        /** Stopped; later continued. */
        FROZEN(false);

        private final boolean breaksConnections;

        Fault(boolean breaksConnections) {
            this.breaksConnections = breaksConnections;
        }
    }

    /** One server, serving. */
    abstract Servers oneServer() throws Exception;

    /** What can happen to it. */
    abstract Set<Fault> faults();

    @BeforeAll
    final void startServer() throws Exception {
        servers = oneServer();
        warmUp();
    }

    /** The first failure of a JVM loads many classes, which takes a part of a second and says nothing about deadlines. */
    private void warmUp() throws Exception {
        connect();
        begin(Fault.DOWN);
        assertThatThrownBy(() -> DistributedLock.of(conclave, path).acquire(WAIT.dividedBy(5)))
                .isInstanceOf(TimeoutException.class);
        end(Fault.DOWN);
        disconnect();
    }

    @AfterAll
    final void stopServer() {
        if (servers != null) {
            servers.close();
        }
    }

    @BeforeEach
    void connect() throws Exception {
        server = servers.behindProxy();
        conclave = Conclave.connect(server.url(SESSION));
        path = "/deadline/lock-" + LOCKS.incrementAndGet();
    }

    @AfterEach
    void disconnect() {
        conclave.close();
        server.close();
    }

    @ParameterizedTest
    @MethodSource("faults")
    void acquireDuringTheFault(Fault fault) throws Exception {
        DistributedLock lock = DistributedLock.of(conclave, path);
        lock.acquire(LIMIT).release();
        try (SchedulingProbe probe = new SchedulingProbe()) {
            begin(fault);
            long start = System.nanoTime();
            assertThatThrownBy(() -> lock.acquire(WAIT)).isInstanceOf(TimeoutException.class);
            judge("acquireDuringTheFault " + fault, System.nanoTime() - start, probe);
        }
        assertLeavesNothing("acquireDuringTheFault " + fault, fault, 0);
    }

    @ParameterizedTest
    @MethodSource("faults")
    void theFaultWhileWaiting(Fault fault) throws Exception {
        try (Conclave another = Conclave.connect(servers.url("", SESSION))) {
            Grant held = DistributedLock.of(another, path).acquire(LIMIT);
            DistributedLock lock = DistributedLock.of(conclave, path);
            try (SchedulingProbe probe = new SchedulingProbe()) {
                long start = System.nanoTime();
                CompletableFuture<Long> ended = new CompletableFuture<>();
                CompletableFuture<Grant> waiting = lock.acquireAsync(WAIT);
                CompletableFuture<Grant> observed =
                        waiting.whenComplete((grant, failure) -> ended.complete(System.nanoTime()));
                Await.until(() -> contenders() == 2, LIMIT, "the contender is in the queue");
                begin(fault);
                assertThatThrownBy(() -> observed.get(LIMIT.toSeconds(), TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class)
                        .hasCauseInstanceOf(TimeoutException.class);
                judge("theFaultWhileWaiting " + fault, ended.get() - start, probe);
            }
            assertLeavesNothing("theFaultWhileWaiting " + fault, fault, 1);
            assertThat(held.isValid() || fault == Fault.DOWN || fault == Fault.FROZEN)
                    .as("the holder, whom this does not concern, still holds")
                    .isTrue();
        }
    }

    private void judge(String test, long tookNanos, SchedulingProbe probe) {
        Duration late = Duration.ofNanos(tookNanos).minus(WAIT);
        Figures.print(
                getClass().getSimpleName() + "." + test,
                "TimeoutException %.1f ms after the deadline (allowed %d ms, worst scheduling delay %.1f ms)",
                late.toNanos() / 1e6,
                probe.tolerance().toMillis(),
                probe.worst().toNanos() / 1e6);
        assertThat(late).isBetween(Duration.ZERO, probe.tolerance());
    }

    private void begin(Fault fault) throws Exception {
        switch (fault) {
            case DOWN -> servers.kill(0);
            case BLACK_HOLED -> server.fall(Hole.STALL);
            case LOST_IN_THE_HOLE -> server.fall(Hole.SWALLOW);
            case ANSWERS_LOST -> server.fall(Hole.SWALLOW_ANSWERS);
            case FROZEN -> servers.pause(0);
        }
    }

    /** Returns when the server answers again. */
    private void end(Fault fault) throws Exception {
        switch (fault) {
            case DOWN -> servers.restart(0);
            case BLACK_HOLED -> server.climbOut(Hole.STALL);
            case LOST_IN_THE_HOLE -> server.climbOut(Hole.SWALLOW);
            case ANSWERS_LOST -> server.climbOut(Hole.SWALLOW_ANSWERS);
            case FROZEN -> servers.resume(0);
        }
        servers.awaitServing(0);
    }

    private long contenders() throws Exception {
        return server.contenders(path).size();
    }

    /**
     * Ends the fault. One second after the server answers the client again, and from then on, nobody but the holders contends. Where the connection was broken, a client waits up to
     * two seconds before it connects anew; no answer reaches it before.
     */
    private void assertLeavesNothing(String test, Fault fault, int holders) throws Exception {
        long faultEnds = System.nanoTime();
        end(fault);
        long answersAnybody = System.nanoTime();
        long answersClient = fault.breaksConnections ? 0 : answersAnybody;
        long lastSeen = faultEnds;
        while (answersClient == 0 || System.nanoTime() - answersClient < WATCHED.toNanos()) {
            if (contenders() > holders) {
                lastSeen = System.nanoTime();
            }
            if (answersClient == 0 && server.lastAnsweredAnewNanos() - faultEnds > 0) {
                answersClient = server.lastAnsweredAnewNanos();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - answersAnybody))
                    .as("how long the client takes to connect anew")
                    .isLessThan(LIMIT);
            Await.pause(TimeUnit.MILLISECONDS.toNanos(10));
        }
        Duration left = Duration.ofNanos(Math.max(0, lastSeen - answersClient));
        Figures.print(
                getClass().getSimpleName() + "." + test,
                "a contender was seen for %d ms after the server answered this client again, %d ms after it answered anybody",
                left.toMillis(),
                Math.max(0, TimeUnit.NANOSECONDS.toMillis(lastSeen - answersAnybody)));
        assertThat(left).as("how long a contender was left").isLessThan(CLEAN_UP);
        assertThat(contenders()).isEqualTo(holders);
    }
}
