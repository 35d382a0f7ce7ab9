package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.backend.etcd.testing.EtcdServers;
import io.conclave.it.support.Await;
import io.conclave.it.support.ChildJvm;
import io.conclave.it.support.Figures;
import io.conclave.it.support.WallClock;
import io.conclave.lock.DistributedLock;
import io.etcd.jetcd.api.LeaseGrpc;
import io.etcd.jetcd.api.LeaseTimeToLiveRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The wall clock of a holder's machine is set forward and back: belief is a matter of the monotonic clock. */
@Timeout(180)
final class EtcdWallClockTest {
    private static final Duration SESSION = Duration.ofSeconds(3);
    private static final Duration WATCHED = SESSION.multipliedBy(5).dividedBy(2);
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final Duration STEP = Duration.ofHours(1);
    private static final Duration CLOCK_TOLERANCE = Duration.ofMinutes(5);
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private int looks;
    private long least = Long.MAX_VALUE;

    @Test
    void stepsOfTheWallClockCostNoSession() throws Exception {
        WallClock clock = WallClock.right();
        try (EtcdServers servers = EtcdServers.one()) {
            String url = servers.url("wall") + "?sessionTimeout=" + SESSION.toSeconds() + "s";
            try (Conclave other = Conclave.connect(url);
                    ChildJvm holder = ChildJvm.start(
                            "wall-clock", WallClockHolder.class.getName(), clock.environment(), List.of(url))) {
                holder.awaitLine("HELD ", WAIT);
                watch(holder, Duration.ZERO, SESSION);
                clock.setAhead(STEP);
                watch(holder, STEP, WATCHED);
                clock.setAhead(STEP.negated());
                watch(holder, STEP.negated(), WATCHED);
                assertThat(DistributedLock.of(other, "/lock").tryAcquire()).isEmpty();
                assertThat(holder.lines()).noneMatch(line -> line.startsWith("STATE ") || line.equals("LOST"));
                Figures.print(
                        "EtcdWallClockTest",
                        "wall clock 1 h ahead, then 1 h behind, %d ms each: belief never below %d ms of a session of %d ms, in %d looks",
                        WATCHED.toMillis(),
                        least,
                        SESSION.toMillis(),
                        looks);
            }
        }
    }

    /** What others do: jetcd 0.8.7 computes its next renewal from the wall clock. */
    @Test
    void jetcdForgetsItsLeaseWhenTheWallClockIsSetBack() throws Exception {
        WallClock clock = WallClock.right();
        try (EtcdServers servers = EtcdServers.one();
                ChildJvm holder = ChildJvm.start(
                        "jetcd-clock",
                        JetcdLeaseHolder.class.getName(),
                        clock.environment(),
                        List.of(servers.endpoints(), String.valueOf(SESSION.toSeconds())))) {
            long lease = Long.parseLong(holder.awaitLine("LEASE ", WAIT).substring("LEASE ".length()));
            Await.until(() -> renewals(holder) == 2, WAIT, "jetcd has renewed for the second time");
            clock.setAhead(STEP.negated()); // now, while no renewal is on its way
            long stepped = System.nanoTime();
            Await.until(() -> isGone(servers, lease), WAIT, "the server has ended the lease");
            long gone = System.nanoTime() - stepped;
            assertThat(renewals(holder)).as("renewals").isEqualTo(2);
            assertThat(holder.lines()).noneMatch(line -> line.startsWith("FAILED") || line.equals("COMPLETED"));
            Figures.print(
                    "EtcdWallClockTest",
                    "jetcd: the wall clock was set back 1 h, the lease of %d ms was over %d ms later, and its holder heard nothing",
                    SESSION.toMillis(),
                    gone / 1_000_000);
        }
    }

    private static long renewals(ChildJvm holder) {
        return holder.lines().stream().filter("RENEWED"::equals).count();
    }

    private static boolean isGone(EtcdServers servers, long lease) {
        LeaseTimeToLiveRequest question =
                LeaseTimeToLiveRequest.newBuilder().setID(lease).build();
        return LeaseGrpc.newBlockingStub(servers.admin(0).channel())
                        .withDeadlineAfter(WAIT.toSeconds(), TimeUnit.SECONDS)
                        .leaseTimeToLive(question)
                        .getTTL()
                < 0;
    }

    /** For as long as that the holder's clock is off by this much, and it holds. */
    private void watch(ChildJvm holder, Duration ahead, Duration time) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            long before = System.currentTimeMillis();
            String name = "look-" + looks++;
            holder.send(name);
            String[] seen = holder.awaitLine("SEEN " + name + " ", WAIT).split(" ", -1);
            assertThat(Long.parseLong(seen[2]) - before)
                    .as("how far the holder's clock is ahead")
                    .isBetween(
                            ahead.minus(CLOCK_TOLERANCE).toMillis(),
                            ahead.plus(CLOCK_TOLERANCE).toMillis());
            assertThat(seen[3]).as("the grant, ahead by %s", ahead).isEqualTo("valid");
            least = Math.min(least, Long.parseLong(seen[4]));
            Await.pause(LOOK_NANOS);
        }
    }
}
