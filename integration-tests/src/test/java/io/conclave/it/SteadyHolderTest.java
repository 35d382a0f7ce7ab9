package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.it.support.Await;
import io.conclave.it.support.Figures;
import io.conclave.it.support.ZooKeeperServers;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Holders in contact keep their grants: belief is renewed before it runs out, from the first moment of a session on, whenever in its life the grant came. */
@Timeout(60)
final class SteadyHolderTest {
    private static final Duration SESSION = Duration.ofSeconds(3);
    private static final Duration WATCHED = SESSION.multipliedBy(2);
    /** What a pause of the machine may take without costing a grant. */
    private static final Duration LEAST_BELIEF = SESSION.dividedBy(15);

    private static final int HOLDERS = 8;
    private static final long STAGGER_NANOS = TimeUnit.MILLISECONDS.toNanos(170);

    @Test
    void nobodyLosesAGrantWithoutAFault() throws Exception {
        List<Conclave> connections = new ArrayList<>();
        ZooKeeperServers servers = ZooKeeperServers.one();
        try {
            for (int i = 0; i < HOLDERS; i++) {
                connections.add(Conclave.connect(servers.url("/steady", SESSION)));
            }
            List<Grant> grants = new ArrayList<>();
            for (Conclave connection : connections) {
                grants.add(
                        DistributedLock.of(connection, "/lock-" + grants.size()).acquire(SESSION));
                Await.pause(STAGGER_NANOS);
            }
            Duration least = SESSION;
            long end = System.nanoTime() + WATCHED.toNanos();
            while (System.nanoTime() < end) {
                for (Grant grant : grants) {
                    Duration left = grant.validFor();
                    least = left.compareTo(least) < 0 ? left : least;
                    assertThat(grant.isValid())
                            .as("the grant of %s, with belief down to %s", grant.path(), least)
                            .isTrue();
                }
                Await.pause(TimeUnit.MILLISECONDS.toNanos(5));
            }
            Figures.print(
                    "SteadyHolderTest",
                    "%d holders for %d s: belief never below %d ms of a session of %d ms",
                    HOLDERS,
                    WATCHED.toSeconds(),
                    least.toMillis(),
                    SESSION.toMillis());
            assertThat(least).as("the smallest belief").isGreaterThan(LEAST_BELIEF);
            for (Grant grant : grants) {
                grant.release();
            }
        } finally {
            connections.forEach(Conclave::close);
            servers.close();
        }
    }
}
