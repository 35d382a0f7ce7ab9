package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.it.support.Figures;
import io.conclave.it.support.MemberServers;
import io.conclave.lock.FencedLock;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Node;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a replicated store keeps when its members are started again. */
@Timeout(600)
final class MemberRestartTest {
    private static final Duration SESSION = Duration.ofSeconds(60);
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private MemberServers servers;

    @BeforeEach
    void start() throws Exception {
        servers = MemberServers.three();
    }

    @AfterEach
    void stop() {
        servers.close();
    }

    private Conclave connect() {
        return Conclave.connect(servers.url("/restarts", SESSION));
    }

    @Test
    void stateSessionsAndRevisionsOutliveRestarts() throws Exception {
        try (Conclave conclave = connect()) {
            for (int i = 0; i < 20; i++) {
                conclave.nodes().create("/data/" + i, new byte[] {(byte) i}, CreateMode.PERSISTENT);
            }
            conclave.nodes().set("/data/7", new byte[] {77});
            FencedGrant grant = FencedLock.of(conclave, "/held").acquire(LIMIT);
            List<Node> before = conclave.nodes().subtree("/", 100);
            String session = conclave.health().sessionId();

            for (int member = 0; member < servers.count(); member++) { // one by one: two in order, one killed
                if (member == 1) {
                    servers.kill(member);
                } else {
                    servers.stop(member);
                }
                servers.restart(member);
                servers.awaitServing(member);
            }
            assertIntact(conclave, grant, session, before);

            servers.killAll();
            servers.startAll();
            assertIntact(conclave, grant, session, before);
            try (FencedGrant later = FencedLock.of(conclave, "/other").acquire(LIMIT)) {
                assertThat(later.fencingToken()).isGreaterThan(grant.fencingToken());
            }
            grant.write("/guarded", new byte[] {1});
            grant.release();
        }
    }

    private static void assertIntact(Conclave conclave, FencedGrant grant, String session, List<Node> before)
            throws InterruptedException {
        assertThat(conclave.nodes().subtree("/", 100))
                .as("all nodes, with versions and revisions")
                .isEqualTo(before);
        assertThat(conclave.health().sessionId()).as("session").isEqualTo(session);
        assertThat(grant.isValid()).as("the grant stands").isTrue();
    }

    @Test
    void aStoreThatBeginsFromNothingGivesLargerTokens() throws Exception {
        long earlier;
        try (Conclave conclave = connect()) {
            earlier = FencedLock.of(conclave, "/l").acquire(LIMIT).fencingToken();
        }
        servers.killAll();
        for (int member = 0; member < servers.count(); member++) {
            servers.wipe(member);
        }
        servers.startAll();
        try (Conclave conclave = connect()) {
            long later = FencedLock.of(conclave, "/l").acquire(LIMIT).fencingToken();
            assertThat(later).isGreaterThan(earlier);
            Figures.print("MemberRestartTest", "token %d before the data was wiped, %d after", earlier, later);
        }
    }
}
