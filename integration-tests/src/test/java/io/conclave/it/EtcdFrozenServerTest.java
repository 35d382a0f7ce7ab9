package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.it.support.Await;
import io.conclave.it.support.EtcdProcesses;
import io.conclave.it.support.Figures;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The only server is frozen for longer than sessions live while clients pass a lock around. Whoever holds it stops believing in time, nobody believes while somebody else does, and grants go on when
 * the server does: which ends all sessions first, as their leases are overdue.
 */
@Timeout(90)
final class EtcdFrozenServerTest {
    private static final Duration SESSION = Duration.ofSeconds(2);
    private static final Duration FREEZE = SESSION.plusMillis(1_500);
    private static final Duration RECOVERY = SESSION.plusSeconds(5);
    private static final Duration WAIT = Duration.ofSeconds(40);
    private static final int CLIENTS = 4;
    private static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(30);
    private static final long LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(200);

    private final Queue<Belief> beliefs = new ConcurrentLinkedQueue<>();
    private volatile boolean holding;
    private volatile boolean over;

    /** One grant: when it came, when it was last found valid, and whether it was lost. */
    private record Belief(long token, long fromNanos, long untilNanos, boolean lost) {}

    @Test
    void beliefEndsInTimeAndGrantsGoOn() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        List<Conclave> clients = new ArrayList<>();
        try (EtcdProcesses servers = EtcdProcesses.one()) {
            try {
                List<Future<?>> work = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    Conclave client = Conclave.connect(servers.url("/frozen", SESSION));
                    clients.add(client);
                    work.add(threads.submit(() -> passAround(DistributedLock.of(client, "/lock"))));
                }
                Await.until(() -> beliefs.size() >= 2 * CLIENTS, WAIT, "the lock goes round");
                holding = true;
                Duration stalled = freeze(servers);
                assertThat(stalled).as("until the next grant").isLessThan(RECOVERY);
                int before = beliefs.size();
                Await.until(() -> beliefs.size() >= before + 2 * CLIENTS, WAIT, "the lock goes round again");
                over = true;
                for (Future<?> one : work) {
                    one.get();
                }
            } finally {
                over = true;
                threads.shutdownNow();
                clients.forEach(Conclave::close);
            }
        }
        judge();
    }

    /** Returns how long after the freeze the next grant came. */
    private Duration freeze(EtcdProcesses servers) throws InterruptedException {
        Await.pause(3 * HOLD_NANOS); // somebody holds and goes on holding
        servers.pause(0);
        long frozen = System.nanoTime();
        int before = beliefs.size();
        Await.until(() -> beliefs.size() > before, WAIT, "the holder has noticed");
        Belief last = latest();
        Await.pause(FREEZE.toNanos() - (System.nanoTime() - frozen));
        holding = false;
        servers.resume(0);
        long resumed = System.nanoTime();
        Await.until(() -> latest().fromNanos > resumed, WAIT, "the next grant");
        Figures.print(
                "EtcdFrozenServerTest",
                "belief ended %d ms after the freeze, session %d ms; frozen for %d ms; next grant %d ms after that",
                TimeUnit.NANOSECONDS.toMillis(last.untilNanos - frozen),
                SESSION.toMillis(),
                TimeUnit.NANOSECONDS.toMillis(resumed - frozen),
                TimeUnit.NANOSECONDS.toMillis(firstAfter(resumed).fromNanos - resumed));
        assertThat(beliefs.size()).as("grants while frozen").isGreaterThan(before);
        assertThat(last.lost).as("the grant was lost").isTrue();
        assertThat(Duration.ofNanos(last.untilNanos - frozen)).as("belief").isLessThan(SESSION);
        return Duration.ofNanos(firstAfter(resumed).fromNanos - resumed);
    }

    private Belief latest() {
        return beliefs.stream().max(Comparator.comparingLong(Belief::fromNanos)).orElseThrow();
    }

    private Belief firstAfter(long nanos) {
        return beliefs.stream()
                .filter(belief -> belief.fromNanos > nanos)
                .min(Comparator.comparingLong(Belief::fromNanos))
                .orElseThrow();
    }

    private Void passAround(DistributedLock lock) throws Exception {
        while (!over) {
            Grant grant = lock.acquire(WAIT);
            long from = System.nanoTime();
            long until = from;
            for (long now = from; holding || now - from < HOLD_NANOS; now = System.nanoTime()) {
                if (!grant.isValid()) {
                    break;
                }
                until = now;
                Await.pause(LOOK_NANOS);
            }
            beliefs.add(new Belief(grant.fencingToken(), from, until, tryToRelease(grant)));
        }
        return null;
    }

    /** True if it was lost. */
    private static boolean tryToRelease(Grant grant) throws InterruptedException {
        try {
            grant.release();
            return false;
        } catch (GrantLostException lost) {
            assertThat(grant.isValid()).as("a lost grant").isFalse();
            return true;
        }
    }

    /** In the order of the tokens, each belief ends before the next begins. */
    private void judge() {
        List<Belief> ordered =
                beliefs.stream().sorted(Comparator.comparingLong(Belief::token)).toList();
        assertThat(ordered).extracting(Belief::token).doesNotHaveDuplicates();
        for (int i = 1; i < ordered.size(); i++) {
            assertThat(ordered.get(i - 1).untilNanos)
                    .as("the end of %s before the begin of %s", ordered.get(i - 1), ordered.get(i))
                    .isLessThan(ordered.get(i).fromNanos);
        }
    }
}
