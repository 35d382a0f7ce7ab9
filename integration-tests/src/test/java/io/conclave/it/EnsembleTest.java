package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.backend.inmemory.Ensemble;
import io.conclave.it.support.Await;
import io.conclave.lock.FencedLock;
import io.conclave.spi.BackendException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The verbs of the ensemble for users' tests do what they say. */
@Timeout(180)
final class EnsembleTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static Ensemble ensemble;

    @BeforeAll
    static void start() throws InterruptedException {
        ensemble = Ensemble.start(3);
    }

    @AfterAll
    static void stop() {
        ensemble.close();
    }

    @AfterEach
    void heal() throws InterruptedException {
        ensemble.heal();
        ensemble.members().forEach(ensemble::restart);
        ensemble.leader();
    }

    private static Conclave connect() {
        return Conclave.builder(ensemble.url("/ensemble") + "?sessionTimeout=20s")
                .callTimeout(Duration.ofSeconds(20))
                .connect();
    }

    private static int other(int member) {
        return member % 3 + 1;
    }

    @Test
    void aLeaderThatIsCutOffIsReplacedAndServesNobody() throws Exception {
        try (Conclave conclave = connect()) {
            conclave.nodes().set("/a", new byte[] {1});
            int old = ensemble.leader();
            ensemble.partition(old);
            Await.until(() -> ensemble.leader() != old, LIMIT, "the others elect another leader");
            conclave.nodes().set("/a", new byte[] {2});
            Await.until(() -> !ensemble.member(old).isLeading(), LIMIT, "the old one gives up");
            ensemble.heal();
            assertThat(conclave.nodes().get("/a").orElseThrow().data().toByteArray())
                    .containsExactly(2);
            Await.until(() -> ensemble.member(old).isHealthy(), LIMIT, "the old one follows");
        }
    }

    @Test
    void withoutAMajorityNothingIsServed() throws Exception {
        try (Conclave conclave = Conclave.builder(ensemble.url("/ensemble") + "?sessionTimeout=20s")
                .callTimeout(Duration.ofSeconds(1))
                .connect()) {
            conclave.nodes().set("/m", new byte[] {1});
            int leader = ensemble.leader();
            ensemble.crash(other(leader));
            ensemble.crash(other(other(leader)));
            assertThatThrownBy(() -> conclave.nodes().get("/m")).isInstanceOf(BackendException.class);
            ensemble.restart(other(leader));
            Await.until(() -> conclave.nodes().get("/m").isPresent(), LIMIT, "two of three serve again");
        }
    }

    @Test
    void aMemberThatCrashedComesBackWithItsData() throws Exception {
        try (Conclave conclave = connect()) {
            FencedGrant grant = FencedLock.of(conclave, "/l").acquire(LIMIT);
            for (int member : ensemble.members()) { // all three, one after the other
                ensemble.crash(member);
                assertThatThrownBy(() -> ensemble.member(member)).hasMessageContaining("crashed");
                ensemble.restart(member);
                Await.until(() -> ensemble.member(member).isHealthy(), LIMIT, "member " + member + " is back");
            }
            grant.write("/guarded", new byte[] {1});
            assertThat(grant.isValid()).isTrue();
            grant.release();
        }
    }

    @Test
    void aPausedLeaderIsReplacedAndFollowsAfterwards() throws Exception {
        try (Conclave conclave = connect()) {
            conclave.nodes().set("/p", new byte[] {1});
            int old = ensemble.leader();
            ensemble.pause(old);
            Await.until(() -> ensemble.leader() != old, LIMIT, "the others elect another leader");
            conclave.nodes().set("/p", new byte[] {2});
            ensemble.resume(old);
            Await.until(
                    () -> ensemble.member(old).isHealthy()
                            && !ensemble.member(old).isLeading(),
                    LIMIT,
                    "the old one follows");
        }
    }

    @Test
    void aSlowLeaderTakesItsTimeForEachWrite() throws Exception {
        try (Conclave conclave = connect()) {
            conclave.nodes().set("/s", new byte[] {1});
            ensemble.slow(ensemble.leader(), Duration.ofMillis(30));
            long start = System.nanoTime();
            conclave.nodes().set("/s", new byte[] {2}); // there and back
            assertThat(System.nanoTime() - start)
                    .isGreaterThan(Duration.ofMillis(50).toNanos());
        }
    }

    @Test
    void badInputIsRefused() {
        assertThatThrownBy(() -> ensemble.crash(4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("4");
        assertThatThrownBy(() -> ensemble.partition(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ensemble.slow(1, Duration.ofMinutes(2))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Ensemble.builder().members(2)).hasMessageContaining("1, 3, 5 or 7");
        assertThatThrownBy(() -> ensemble.url("app")).isInstanceOf(IllegalArgumentException.class);
    }
}
