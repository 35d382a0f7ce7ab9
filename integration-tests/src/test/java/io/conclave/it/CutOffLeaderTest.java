package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.backend.inmemory.Ensemble;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
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

    private static String url(String hosts) {
        return "inmemory://" + hosts + "/app?sessionTimeout=" + SESSION.toMillis() + "ms";
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
                Succession succession = new Succession("CutOffLeaderTest", SESSION, holder, other);
                long cutAt = System.nanoTime();
                ensemble.partition(old);
                assertThatThrownBy(() ->
                                DistributedLock.of(stranger, "/cut-off/free").acquire(Duration.ofSeconds(2)))
                        .as("a grant of the leader that was cut off")
                        .isInstanceOf(TimeoutException.class);
                Grant second = succession.await(cutAt);
                ensemble.heal();
                succession.end(second);
            }
        }
    }
}
