package io.conclave.it;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.it.support.FaultProxy;
import io.conclave.it.support.ZooKeeperServers;
import java.time.Duration;
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
                Succession succession = new Succession("MinorityHolderTest." + name, SESSION, holder, other);
                long cutAt = System.nanoTime();
                servers.isolate(follower, cut);
                Grant second = succession.await(cutAt);
                servers.heal();
                servers.awaitServing(follower);
                succession.end(second);
            }
        }
    }
}
