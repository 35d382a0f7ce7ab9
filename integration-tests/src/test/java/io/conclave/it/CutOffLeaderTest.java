package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.GrantLostException;
import io.conclave.backend.inmemory.Ensemble;
import io.conclave.it.support.Await;
import io.conclave.it.support.Figures;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The leader of a replicated store is cut off from the other members, and goes on talking to clients that know no other one. It grants nothing; and the grant of such a client has ended, by its own account, before another client is granted the same by the next
 * leader.
 */
@Timeout(120)
final class CutOffLeaderTest {
    private static final Duration SESSION = Duration.ofSeconds(4);
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final String LOCK = "/cut-off/lock";

    private static String url(String hosts) {
        return "inmemory://" + hosts + "/app?sessionTimeout=" + SESSION.toMillis() + "ms";
    }

    private static boolean waits(Conclave conclave) throws InterruptedException {
        return DistributedLock.of(conclave, LOCK).queue().contenders().size() == 2;
    }

    @Test
    void itGrantsNothingAndItsClientsLoseTheirGrantsFirst() throws Exception {
        try (Ensemble ensemble = Ensemble.start(3)) {
            int old = ensemble.leader();
            String hosts = ensemble.url().substring("inmemory://".length());
            String host = hosts.split(",", -1)[old - 1];
            try (Conclave holder = Conclave.connect(url(host));
                    Conclave stranger = Conclave.connect(url(host));
                    Conclave other = Conclave.connect(url(hosts))) {
                Grant first = DistributedLock.of(holder, LOCK).acquire(WAIT);
                CompletableFuture<Long> told = new CompletableFuture<>();
                first.onLost(() -> told.complete(System.nanoTime()));
                Belief belief = new Belief(first);
                CompletableFuture<Grant> waiting =
                        DistributedLock.of(other, LOCK).acquireAsync(WAIT);
                Await.until(() -> waits(other), WAIT, "the other waits in the queue");

                long cutAt = System.nanoTime();
                ensemble.partition(old);
                assertThatThrownBy(() ->
                                DistributedLock.of(stranger, "/cut-off/free").acquire(Duration.ofSeconds(2)))
                        .as("a grant of the leader that was cut off")
                        .isInstanceOf(TimeoutException.class);
                Grant second = waiting.get(WAIT.toSeconds(), TimeUnit.SECONDS);
                long granted = System.nanoTime();
                long lastBelieved = belief.end();

                Figures.print(
                        "CutOffLeaderTest",
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

                ensemble.heal();
                assertThatThrownBy(first::release).isInstanceOf(GrantLostException.class);
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
