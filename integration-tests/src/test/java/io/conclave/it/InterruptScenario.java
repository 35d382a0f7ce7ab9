package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.it.support.Await;
import io.conclave.it.support.Figures;
import io.conclave.it.support.ServerBehindProxy;
import io.conclave.it.support.Servers;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Acquires on a real server are interrupted or cancelled at random moments between the first request and the grant, half of them while somebody holds the lock, some while the connection is cut as the
 * clean-up begins: no contender is left. The seed is printed and can be given as {@code conclave.seed}.
 */
@Timeout(180)
abstract class InterruptScenario {
    private static final int ROUNDS = Integer.getInteger("conclave.interrupts", 150);
    private static final int CUT_EVERY = 15;
    private static final int WARM_UP = 20;
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final String PATH = "/interrupts/lock";

    /** One server, serving. */
    abstract Servers oneServer() throws Exception;

    @Test
    void anAcquireThatIsInterruptedOrCancelledAtAnyStepLeavesNothingBehind() throws Exception {
        long seed = Long.getLong("conclave.seed", System.nanoTime());
        Random random = new Random(seed);
        AtomicInteger stopped = new AtomicInteger();
        AtomicInteger granted = new AtomicInteger();
        int cuts = 0;
        try (Servers servers = oneServer();
                ServerBehindProxy server = servers.behindProxy();
                Conclave conclave = Conclave.connect(server.url(WAIT));
                Conclave holder = Conclave.connect(servers.url("", WAIT))) {
            DistributedLock lock = DistributedLock.of(conclave, PATH);
            DistributedLock other = DistributedLock.of(holder, PATH);
            long usual = usualNanos(lock);
            for (int round = 0; round < ROUNDS; round++) {
                boolean contended = random.nextBoolean();
                boolean cut = round % CUT_EVERY == CUT_EVERY - 1;
                Grant held = contended ? other.acquire(WAIT) : null;
                long nanos = (long) (random.nextDouble() * usual * (contended ? 4 : 2));
                if (random.nextBoolean()) {
                    interruptAfter(lock, nanos, cut ? server : null, stopped, granted);
                } else {
                    cancelAfter(lock, nanos, cut ? server : null, stopped, granted);
                }
                cuts += cut ? 1 : 0;
                if (held != null) {
                    held.release();
                }
            }
            Await.until(
                    () -> server.contenders(PATH).isEmpty(), Duration.ofSeconds(15), "no contender left, seed " + seed);
            try (Grant last = lock.acquire(WAIT)) {
                assertThat(server.contenders(PATH)).as("seed %d", seed).hasSize(1);
                last.requireValid();
            }
            assertThat(conclave.health().waiting()).isZero();
        }
        assertThat(stopped.get()).as("seed %d", seed).isGreaterThan(ROUNDS / 10);
        Figures.print(
                getClass().getSimpleName(),
                "%d stopped, %d granted first, %d connections cut, seed %d",
                stopped.get(),
                granted.get(),
                cuts,
                seed);
    }

    /** How long an acquire takes here when nothing is in its way: the median of some, after as many to warm up. */
    private static long usualNanos(DistributedLock lock) throws Exception {
        long[] taken = new long[2 * WARM_UP];
        for (int i = 0; i < taken.length; i++) {
            long start = System.nanoTime();
            Grant grant = lock.acquire(WAIT);
            taken[i] = System.nanoTime() - start;
            grant.release();
        }
        return Arrays.stream(taken).skip(WARM_UP).sorted().toArray()[WARM_UP / 2];
    }

    private static void interruptAfter(
            DistributedLock lock, long nanos, ServerBehindProxy toCut, AtomicInteger stopped, AtomicInteger granted)
            throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CompletableFuture<Void> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                started.countDown();
                lock.acquire(WAIT).release();
                granted.incrementAndGet();
                result.complete(null);
            } catch (InterruptedException interrupted) {
                stopped.incrementAndGet();
                result.complete(null);
            } catch (Throwable failure) {
                result.completeExceptionally(failure);
            }
        });
        thread.start();
        started.await();
        Await.pause(nanos);
        if (toCut != null) {
            toCut.cutConnections();
        }
        thread.interrupt();
        result.get(60, TimeUnit.SECONDS);
        thread.join();
    }

    private static void cancelAfter(
            DistributedLock lock, long nanos, ServerBehindProxy toCut, AtomicInteger stopped, AtomicInteger granted)
            throws Exception {
        CompletableFuture<Grant> future = lock.acquireAsync();
        Await.pause(nanos);
        if (toCut != null) {
            toCut.cutConnections();
        }
        if (future.cancel(true)) {
            stopped.incrementAndGet();
        } else {
            future.get(60, TimeUnit.SECONDS).release();
            granted.incrementAndGet();
        }
    }
}
