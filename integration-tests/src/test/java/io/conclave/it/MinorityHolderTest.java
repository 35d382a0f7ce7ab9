package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.it.support.Await;
import io.conclave.it.support.FaultProxy;
import io.conclave.it.support.Figures;
import io.conclave.it.support.ZooKeeperServers;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A follower is cut off from its leader together with the holder's client; another client acquires on the majority's side. The holder's grant is lost before the other's is granted.
 *
 * <p>In the second test the follower does not notice the cut for longer than the session lasts, and goes on answering its client's pings: a client that believes pings would believe it holds the
 * lock while the majority has given it away.
 */
@Timeout(120)
final class MinorityHolderTest {
    private static final Duration SESSION = Duration.ofSeconds(4);
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final String LOCK = "/minority/lock";

    @Test
    void aHolderCutOffWithItsFollowerLosesTheGrantFirst() throws Exception {
        play("noticed", 6, FaultProxy.Mode.REFUSE);
    }

    @Test
    void aHolderWhoseFollowerDoesNotNoticeTheCutLosesTheGrantFirst() throws Exception {
        play("unnoticed", 40, FaultProxy.Mode.BLACKHOLE);
    }

    private static void play(String name, int syncLimitTicks, FaultProxy.Mode cut) throws Exception {
        try (ZooKeeperServers servers =
                ZooKeeperServers.of(3).syncLimit(syncLimitTicks).peerProxies().start()) {
            int follower = servers.follower();
            String majority = IntStream.range(0, servers.count())
                    .filter(index -> index != follower)
                    .mapToObj(servers::host)
                    .collect(Collectors.joining(","));
            try (Conclave holder = Conclave.connect(ZooKeeperServers.url(servers.host(follower), "", SESSION));
                    Conclave other = Conclave.connect(ZooKeeperServers.url(majority, "", SESSION))) {
                Grant first = DistributedLock.of(holder, LOCK).acquire(WAIT);
                CompletableFuture<Long> told = new CompletableFuture<>();
                first.onLost(() -> told.complete(System.nanoTime()));
                Belief belief = new Belief(first);
                CompletableFuture<Grant> waiting =
                        DistributedLock.of(other, LOCK).acquireAsync(WAIT);
                Await.until(
                        () -> DistributedLock.of(other, LOCK)
                                        .queue()
                                        .contenders()
                                        .size()
                                == 2,
                        WAIT,
                        "the other waits in the queue");

                Await.until(
                        () -> first.validFor().compareTo(SESSION.dividedBy(2)) > 0,
                        WAIT,
                        "the holder believes in more than half a session");
                long cutAt = System.nanoTime();
                servers.isolate(follower, cut);
                Grant second = waiting.get(WAIT.toSeconds(), TimeUnit.SECONDS);
                long granted = System.nanoTime();
                long lastBelieved = belief.end();

                Figures.print(
                        "MinorityHolderTest." + name,
                        "session %d ms: belief ended %.0f ms, the other was granted %.0f ms after the cut",
                        SESSION.toMillis(),
                        (lastBelieved - cutAt) / 1e6,
                        (granted - cutAt) / 1e6);
                assertThat(lastBelieved - granted)
                        .as("nanoseconds of belief beyond the other's grant")
                        .isNegative();
                assertThat(told.get(WAIT.toSeconds(), TimeUnit.SECONDS))
                        .as("onLost")
                        .isLessThan(granted);
                assertThat(second.fencingToken()).isGreaterThan(first.fencingToken());
                assertThat(second.isValid()).isTrue();

                servers.heal();
                assertThatThrownBy(first::release).isInstanceOf(GrantLostException.class);
                servers.awaitServing(follower);
                Await.until(() -> holder.health().isHealthy(), WAIT, "the holder has a session again");
                assertThat(first.isValid()).isFalse();
                second.release();
                try (Grant third = DistributedLock.of(holder, LOCK).acquire(WAIT)) {
                    assertThat(third.fencingToken()).isGreaterThan(second.fencingToken());
                }
            }
        }
    }
}
