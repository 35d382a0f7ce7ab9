package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.it.support.Await;
import io.conclave.it.support.DirectClient;
import io.conclave.it.support.FaultProxy;
import io.conclave.it.support.Reply;
import io.conclave.it.support.Request;
import io.conclave.it.support.ZooKeeperServers;
import io.conclave.lock.FencedLock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * T3: the create of a contender is applied by the leader, its reply is lost, and the client comes back at a follower that has not applied it yet. Whoever looks
 * there for its node, does not find it and makes another one, has two; the second waits for the first for ever.
 */
@Timeout(90)
final class LaggingFollowerTest {
    private static final int ROUNDS = 6;
    private static final Duration SESSION = Duration.ofSeconds(10);
    private static final Duration LAG = Duration.ofMillis(300);
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final String LOCK = "/lagging/lock";
    private static final String CONTENDER = LOCK + "/_c_";
    private static final int TOKEN_SHIFT = 6;

    /** A follower, the client's way to it, and a plain client that reads there. */
    private record Follower(int server, FaultProxy way, DirectClient plain) implements AutoCloseable {
        static Follower of(ZooKeeperServers servers, int server) throws Exception {
            return new Follower(
                    server, FaultProxy.before(servers.port(server)), new DirectClient(servers.host(server)));
        }

        /** The contenders as this follower knows them at the moment. */
        List<String> contenders() throws Exception {
            try {
                return plain.zooKeeper().getChildren(LOCK, false);
            } catch (KeeperException.NoNodeException noDirectory) {
                return List.of();
            }
        }

        @Override
        public void close() {
            plain.close();
            way.close();
        }
    }

    @Test
    void aCreateThatTheNextFollowerDoesNotKnowYetIsNotRepeated() throws Exception {
        try (ZooKeeperServers servers = ZooKeeperServers.of(3).lateFollowers().start()) {
            int leader = servers.leader();
            int[] others =
                    IntStream.range(0, 3).filter(index -> index != leader).toArray();
            try (Follower one = Follower.of(servers, others[0]);
                    Follower two = Follower.of(servers, others[1]);
                    DirectClient atLeader = new DirectClient(servers.host(leader))) {
                two.way().mode(FaultProxy.Mode.REFUSE);
                String hosts = one.way().host() + "," + two.way().host();
                try (Conclave conclave = Conclave.connect(ZooKeeperServers.url(hosts, "", SESSION))) {
                    for (int round = 0; round < ROUNDS; round++) {
                        boolean even = round % 2 == 0;
                        play(servers, conclave, atLeader, even ? one : two, even ? two : one);
                    }
                }
            }
        }
    }

    private static void play(
            ZooKeeperServers servers, Conclave conclave, DirectClient atLeader, Follower from, Follower to)
            throws Exception {
        String session = conclave.health().sessionId();
        Await.until(() -> to.contenders().isEmpty(), WAIT, "the other follower has seen the end of the last round");
        CompletableFuture<FencedGrant> acquiring;
        servers.holdBack(to.server(), CONTENDER);
        try {
            acquiring = acquireAndLoseTheReply(conclave, from, to);
            assertThat(acquiring).as("while the other follower lags").failsWithin(LAG);
            assertThat(acquiring).isNotDone();
            assertThat(atLeader.contenders(LOCK)).as("applied by the leader").hasSize(1);
            assertThat(to.contenders()).as("known to the other follower").isEmpty();
        } finally {
            servers.letApply(to.server());
        }
        FencedGrant grant = acquiring.get(WAIT.toSeconds(), TimeUnit.SECONDS);
        List<String> contenders = atLeader.contenders(LOCK);
        assertThat(contenders).hasSize(1);
        Stat node = atLeader.zooKeeper().exists(LOCK + "/" + contenders.get(0), false);
        assertThat(Long.toHexString(node.getEphemeralOwner())).isEqualTo(session);
        assertThat(grant.fencingToken()).isEqualTo(node.getCzxid() << TOKEN_SHIFT);
        assertThat(grant.isValid()).isTrue();
        grant.release();
        Await.until(() -> atLeader.contenders(LOCK).isEmpty(), WAIT, "nothing is left behind");
    }

    /** Returns when the client has lost its connection to the one follower, with the reply, and goes on at the other one. */
    private static CompletableFuture<FencedGrant> acquireAndLoseTheReply(Conclave conclave, Follower from, Follower to)
            throws Exception {
        to.way().startRecording();
        to.way().mode(FaultProxy.Mode.PASS);
        CompletableFuture<Request> lost = from.way()
                .dropNextReply(LaggingFollowerTest::makesAContender, Reply::isSuccess, FaultProxy.Mode.REFUSE);
        CompletableFuture<FencedGrant> acquiring = FencedLock.of(conclave, LOCK).acquireAsync(WAIT);
        lost.get(WAIT.toSeconds(), TimeUnit.SECONDS);
        Await.until(
                () -> to.way().recorded().requests(request -> !request.isHousekeeping()) > 0,
                WAIT,
                "the client goes on at the other follower");
        return acquiring;
    }

    private static boolean makesAContender(Request request) {
        return request.isCreate() && request.touches(path -> path.startsWith(CONTENDER));
    }
}
