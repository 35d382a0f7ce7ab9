package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.it.support.Await;
import io.conclave.it.support.FaultProxy;
import io.conclave.it.support.Figures;
import io.conclave.it.support.SchedulingProbe;
import io.conclave.it.support.ZooKeeperServers;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code acquire(1 s)} ends at its deadline, whatever the server does, and leaves no contender behind one second after the server answers again: when the fault comes before the acquire, and when
 * it comes while the acquire waits behind a holder.
 */
@Timeout(60)
final class DeadlineTest {
    private static final Duration WAIT = Duration.ofSeconds(1);
    private static final Duration SESSION = Duration.ofSeconds(10);
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration CLEAN_UP = Duration.ofSeconds(1);
    private static final Duration RECONNECT = Duration.ofSeconds(2);
    private static final Duration WATCHED = CLEAN_UP.plusMillis(200);
    private static final String LOCK = "/deadline/lock";

    private ZooKeeperServers servers;
    private FaultProxy proxy;
    private Conclave conclave;

    /** What happens to the server. */
    enum Fault {
        /** Killed; later started again. */
        DOWN,
        /** Nothing passes and nobody is told; later everything that was sent arrives, as TCP sees to. */
        BLACK_HOLED,
        /** Everything sent is lost and nobody is told; later the connections are cut. */
        LOST_IN_THE_HOLE,
        /** Requests arrive, answers are lost and nobody is told; later the connections are cut. */
        ANSWERS_LOST,
        /** Stopped; later continued. */
        FROZEN
    }

    @BeforeEach
    void start() throws Exception {
        servers = ZooKeeperServers.one();
        proxy = FaultProxy.before(servers.port(0));
        conclave = Conclave.connect(ZooKeeperServers.url(proxy.host(), "", SESSION));
    }

    @AfterEach
    void stop() {
        servers.close(); // first, so that nothing waits for its answers
        conclave.close();
        proxy.close();
    }

    @ParameterizedTest
    @EnumSource
    void acquireDuringTheFault(Fault fault) throws Exception {
        DistributedLock lock = DistributedLock.of(conclave, LOCK);
        lock.acquire(LIMIT).release();
        try (SchedulingProbe probe = new SchedulingProbe()) {
            begin(fault);
            long start = System.nanoTime();
            assertThatThrownBy(() -> lock.acquire(WAIT)).isInstanceOf(TimeoutException.class);
            judge("acquireDuringTheFault " + fault, System.nanoTime() - start, probe);
            end(fault);
        }
        assertLeavesNothing("acquireDuringTheFault " + fault, 0);
    }

    @ParameterizedTest
    @EnumSource
    void theFaultWhileWaiting(Fault fault) throws Exception {
        try (Conclave another = Conclave.connect(servers.url("", SESSION))) {
            Grant held = DistributedLock.of(another, LOCK).acquire(LIMIT);
            DistributedLock lock = DistributedLock.of(conclave, LOCK);
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
                end(fault);
            }
            assertLeavesNothing("theFaultWhileWaiting " + fault, 1);
            assertThat(held.isValid() || fault == Fault.DOWN || fault == Fault.FROZEN)
                    .as("the holder, whom this does not concern, still holds")
                    .isTrue();
        }
    }

    private static void judge(String test, long tookNanos, SchedulingProbe probe) {
        Duration late = Duration.ofNanos(tookNanos).minus(WAIT);
        Figures.print(
                "DeadlineTest." + test,
                "TimeoutException %.1f ms after the deadline (allowed %d ms, worst scheduling delay %.1f ms)",
                late.toNanos() / 1e6,
                probe.tolerance().toMillis(),
                probe.worst().toNanos() / 1e6);
        assertThat(late).isBetween(Duration.ZERO, probe.tolerance());
    }

    private void begin(Fault fault) throws Exception {
        switch (fault) {
            case DOWN -> servers.kill(0);
            case BLACK_HOLED -> proxy.mode(FaultProxy.Mode.STALL);
            case LOST_IN_THE_HOLE -> proxy.mode(FaultProxy.Mode.BLACKHOLE);
            case ANSWERS_LOST -> proxy.mode(FaultProxy.Mode.BLACKHOLE_TO_CLIENT);
            case FROZEN -> servers.pause(0);
        }
    }

    /** Returns when the server answers again. */
    private void end(Fault fault) throws Exception {
        switch (fault) {
            case DOWN -> servers.restart(0);
            case BLACK_HOLED, LOST_IN_THE_HOLE, ANSWERS_LOST -> proxy.mode(FaultProxy.Mode.PASS);
            case FROZEN -> servers.resume(0);
        }
        servers.awaitServing(0);
    }

    private long contenders() throws Exception {
        return servers.ephemerals(0).stream()
                .filter(node -> node.startsWith(LOCK + "/"))
                .count();
    }

    /**
     * One second after the server answers the client again, and from then on, nobody but the holders contends. Where the connection was broken, the ZooKeeper client waits up to two seconds before
     * it connects anew; no answer reaches it before.
     */
    private void assertLeavesNothing(String test, int holders) throws Exception {
        long answers = System.nanoTime();
        long lastSeen = answers;
        while (System.nanoTime() - Math.max(answers, proxy.lastSessionNanos()) < WATCHED.toNanos()
                || System.nanoTime() - answers < WATCHED.plus(RECONNECT).toNanos()) {
            if (contenders() > holders) {
                lastSeen = System.nanoTime();
            }
            Await.pause(TimeUnit.MILLISECONDS.toNanos(10));
        }
        Duration left = Duration.ofNanos(Math.max(0, lastSeen - Math.max(answers, proxy.lastSessionNanos())));
        Figures.print(
                "DeadlineTest." + test,
                "a contender was seen for %d ms after the server answered this client again, %d ms after it answered anybody",
                left.toMillis(),
                TimeUnit.NANOSECONDS.toMillis(lastSeen - answers));
        assertThat(left).as("how long a contender was left").isLessThan(CLEAN_UP);
        assertThat(Duration.ofNanos(lastSeen - answers)).isLessThan(CLEAN_UP.plus(RECONNECT));
        assertThat(contenders()).isEqualTo(holders);
    }
}
