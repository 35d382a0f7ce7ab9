package io.conclave.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.backend.inmemory.Ensemble;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How users test their own code against a replicated store whose members fail. */
@Timeout(120)
class FailoverTest {
    // snippet:failover
    @Test
    void aGrantOutlivesTheMemberThatGaveIt() throws Exception {
        try (Ensemble ensemble = Ensemble.start(3); // members in this JVM, on free ports of the loopback interface
                Conclave conclave = Conclave.connect(ensemble.url("/app"))) {
            DistributedLock lock = DistributedLock.of(conclave, "/locks/orders");
            Grant grant = lock.acquire(Duration.ofSeconds(10));

            int first = ensemble.leader();
            ensemble.crash(first); // as kill -9 would; also: partition, pause, slow
            assertThat(ensemble.leader()).isNotEqualTo(first); // waits for the election

            assertThat(grant.isValid()).isTrue();
            grant.release();
            assertThat(lock.acquire(Duration.ofSeconds(10)).fencingToken()).isGreaterThan(grant.fencingToken());
        }
    }
    // end
}
