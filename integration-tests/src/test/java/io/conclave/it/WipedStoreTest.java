package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.GrantLostException;
import io.conclave.StaleStoreException;
import io.conclave.it.support.Await;
import io.conclave.it.support.DirectClient;
import io.conclave.it.support.ZooKeeperServers;
import io.conclave.leader.LeaderLatch;
import io.conclave.lock.FencedLock;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.zookeeper.Op;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** T20: the store loses what the participants of elections have made there, and they go on: one leader, never two. */
@Timeout(90)
final class WipedStoreTest {
    private static final int PARTICIPANTS = 3;
    private static final int REVISIONS = 500;
    private static final Duration SESSION = Duration.ofSeconds(2);
    private static final Duration WAIT = Duration.ofSeconds(30);

    private ZooKeeperServers servers;
    private final List<Participant> all = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        servers = ZooKeeperServers.of(1).tickMillis(250).start();
        for (int i = 0; i < PARTICIPANTS; i++) {
            all.add(new Participant(Conclave.connect(servers.url("", SESSION)), "node-" + i));
        }
        awaitThatAllStandAndOneLeads();
    }

    @AfterEach
    void stop() {
        all.forEach(Participant::close);
        servers.close();
    }

    /**
     * T20: the parent path is removed with all that stands below, in one transaction: the leaders' nodes, those of the others, and the directories. The old
     * leaders write nothing any more, but learn of it a little later, as after an eviction: their terms are left out when overlaps are looked for.
     */
    @Test
    void afterTheRemovalOfTheParentPathThereIsOneLeader() throws Exception {
        List<FencedGrant> old = leaders();
        try (OverlapWatch watch = new OverlapWatch(all, old)) {
            removeParentPath();
            assertThatThrownBy(() -> old.get(0).write("/value", new byte[1])).isInstanceOf(GrantLostException.class);
            Await.until(() -> !old.get(1).isValid(), SESSION, "the other leader learns of it by itself");
            awaitThatAllStandAndOneLeads();
            watch.verifyNone();
        }
        long last = Math.max(old.get(0).fencingToken(), old.get(1).fencingToken());
        for (FencedGrant term : leaders()) {
            assertThat(term.fencingToken()).isGreaterThan(last);
            term.write("/value", new byte[1]);
        }
        all.forEach(Participant::verifyHeardInTurn);
    }

    /**
     * T20: the server is stopped, its data removed, and it starts empty once nobody believes in the old store any more. There is one leader again, but no token
     * for those who have seen larger ones, until the epoch is raised; then tokens are larger than all before.
     */
    @Test
    void afterAWipeThereIsOneLeaderAndTokensOnlyWithARaisedEpoch() throws Exception {
        long seen = letAllSeeALargeToken();
        try (OverlapWatch watch = new OverlapWatch(all, List.of())) {
            servers.kill(0);
            servers.wipe(0);
            Await.until(() -> leaders().isEmpty(), WAIT, "cut off, nobody leads any more");
            servers.restart(0);
            awaitThatAllStandAndOneLeads();
            watch.verifyNone();
        }
        all.forEach(Participant::verifyHeardInTurn);
        for (FencedGrant term : leaders()) {
            assertThatThrownBy(term::fencingToken).isInstanceOf(StaleStoreException.class);
            assertThat(term.isValid()).isTrue();
        }
        for (Participant each : all) {
            assertThatThrownBy(() -> each.lock.acquire(WAIT)).isInstanceOf(StaleStoreException.class);
        }
        raiseTheEpoch(seen);
        long last = seen;
        for (Participant each : all) {
            try (FencedGrant grant = each.lock.acquire(WAIT)) {
                assertThat(grant.fencingToken()).isGreaterThan(last);
                last = grant.fencingToken();
            }
        }
        LeaderLatch again = LeaderLatch.of(all.get(0).conclave, Participant.LATCHES, "again");
        again.start();
        assertThat(again.await(WAIT).fencingToken()).isGreaterThan(last);
    }

    /** Raises the revision far above what an empty store reaches in this test. Each participant sees a token of about that size; returns the largest. */
    private long letAllSeeALargeToken() throws Exception {
        for (int i = 0; i < REVISIONS; i++) {
            all.get(0).conclave.nodes().set("/value", new byte[] {(byte) i});
        }
        long seen = 0;
        for (Participant each : all) {
            try (FencedGrant grant = each.lock.acquire(WAIT)) {
                assertThat(grant.fencingToken()).isGreaterThan(seen);
                seen = grant.fencingToken();
            }
        }
        return seen;
    }

    /** As an operator does, in a process that has seen nothing: refused while anybody stands for an office. */
    private void raiseTheEpoch(long seen) throws Exception {
        try (Conclave admin = Conclave.connect(servers.url("", SESSION))) {
            try (FencedGrant grant = FencedLock.of(admin, "/locks/seen").acquire(WAIT)) {
                assertThat(grant.fencingToken()).as("the store went backwards").isLessThan(seen);
            }
            assertThatThrownBy(() -> admin.epoch().raise())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("contenders");
            all.forEach(Participant::standDown);
            Await.until(
                    () -> contenders(Participant.LATCHES) + contenders(Participant.ELECTION) == 0, WAIT, "all are out");
            assertThat(admin.epoch().raise()).isEqualTo(1);
        }
    }

    private List<FencedGrant> leaders() {
        List<FencedGrant> terms = new ArrayList<>();
        Participant.OFFICES.forEach(office -> terms.addAll(Participant.terms(all, office)));
        return terms;
    }

    /** Asked of the server itself: what is read through a client may raise the revision. */
    private long contenders(String path) throws IOException {
        return servers.ephemerals(0).stream()
                .filter(node -> node.startsWith(path + "/"))
                .count();
    }

    private void awaitThatAllStandAndOneLeads() throws InterruptedException {
        Await.until(
                () -> contenders(Participant.LATCHES) == PARTICIPANTS
                        && contenders(Participant.ELECTION) == PARTICIPANTS
                        && Participant.OFFICES.stream()
                                .noneMatch(
                                        office -> Participant.terms(all, office).isEmpty()),
                WAIT,
                "all stand for both offices, and each has a leader");
        assertThat(leaders()).as("leaders of the two offices").hasSize(2);
    }

    private void removeParentPath() throws Exception {
        try (DirectClient direct = new DirectClient(servers.host(0))) {
            List<Op> removal = new ArrayList<>();
            for (String path : List.of(Participant.LATCHES, Participant.ELECTION)) {
                direct.children(path).forEach(name -> removal.add(Op.delete(path + "/" + name, -1)));
                removal.add(Op.delete(path, -1));
            }
            removal.add(Op.delete(Participant.TOP, -1));
            direct.zooKeeper().multi(removal);
        }
    }
}
