package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.it.support.Await;
import io.conclave.it.support.DirectClient;
import io.conclave.it.support.FaultProxy;
import io.conclave.it.support.Figures;
import io.conclave.it.support.Request;
import io.conclave.it.support.Traffic;
import io.conclave.it.support.ZooKeeperServers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.ZooKeeper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tools themselves, with the plain ZooKeeper client: a fault that does not happen would make every test on it worthless. */
@Timeout(60)
final class SupportTest {
    private static ZooKeeperServers servers;
    private static DirectClient direct;
    private FaultProxy proxy;
    private DirectClient proxied;

    @BeforeAll
    static void start() throws Exception {
        servers = ZooKeeperServers.one();
        direct = new DirectClient(servers.host(0));
    }

    @AfterAll
    static void stop() throws Exception {
        direct.close();
        servers.close();
    }

    @BeforeEach
    void connect() throws Exception {
        proxy = FaultProxy.before(servers.port(0));
        proxied = new DirectClient(proxy.host());
    }

    @AfterEach
    void disconnect() throws Exception {
        proxied.close();
        proxy.close();
    }

    private static void create(DirectClient client, String path) throws Exception {
        client.zooKeeper().create(path, new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
    }

    @Test
    void aDroppedReplyIsOfARequestThatWasApplied() throws Exception {
        CompletableFuture<Request> dropped = proxy.dropNextReply(
                request -> request.isCreate() && request.touches("/reply-lost"::equals), FaultProxy.Mode.PASS);
        create(proxied, "/another");
        assertThat(dropped).isNotDone();
        assertThatThrownBy(() -> create(proxied, "/reply-lost"))
                .isInstanceOf(KeeperException.ConnectionLossException.class);
        assertThat(dropped.get(5, TimeUnit.SECONDS).opcode()).isEqualTo(OpCode.create);
        assertThat(direct.children("/")).contains("reply-lost");
    }

    @Test
    void aDroppedRequestIsNeverApplied() throws Exception {
        CompletableFuture<Request> dropped =
                proxy.dropNextRequest(request -> request.touches("/request-lost"::equals), FaultProxy.Mode.REFUSE);
        assertThatThrownBy(() -> create(proxied, "/request-lost"))
                .isInstanceOf(KeeperException.ConnectionLossException.class);
        dropped.get(5, TimeUnit.SECONDS);
        assertThat(proxy.openConnections()).isZero();
        proxy.mode(FaultProxy.Mode.PASS);
        Await.until(
                () -> proxied.zooKeeper().getState() == ZooKeeper.States.CONNECTED,
                Duration.ofSeconds(10),
                "the client is back");
        assertThat(proxied.children("/")).doesNotContain("request-lost");
    }

    @Test
    void partsOfAMultiAreRead() throws Exception {
        CompletableFuture<Request> dropped = proxy.dropNextReply(
                request -> request.is(OpCode.multi) && request.touches("/multi-b"::equals), FaultProxy.Mode.PASS);
        assertThatThrownBy(() -> proxied.zooKeeper()
                        .multi(java.util.List.of(
                                org.apache.zookeeper.Op.create(
                                        "/multi-a", new byte[3], Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL),
                                org.apache.zookeeper.Op.check("/", -1),
                                org.apache.zookeeper.Op.create(
                                        "/multi-b", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT))))
                .isInstanceOf(KeeperException.ConnectionLossException.class);
        assertThat(dropped.get(5, TimeUnit.SECONDS).parts())
                .extracting(Request.Part::path)
                .containsExactly("/multi-a", "/", "/multi-b");
        assertThat(direct.children("/")).contains("multi-a", "multi-b");
    }

    @Test
    void aBlackHoleSwallowsWithoutReset() throws Exception {
        proxy.mode(FaultProxy.Mode.BLACKHOLE_TO_CLIENT);
        CountDownLatch answered = new CountDownLatch(1);
        proxied.zooKeeper()
                .create(
                        "/in-the-hole",
                        new byte[0],
                        Ids.OPEN_ACL_UNSAFE,
                        CreateMode.PERSISTENT,
                        (code, path, context, name) -> answered.countDown(),
                        null);
        Await.until(() -> direct.children("/").contains("in-the-hole"), Duration.ofSeconds(5), "it was applied");
        assertThat(answered.await(300, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(proxied.zooKeeper().getState()).isEqualTo(ZooKeeper.States.CONNECTED);
        proxy.mode(FaultProxy.Mode.PASS);
        assertThat(answered.await(5, TimeUnit.SECONDS))
                .as("told once it is cut")
                .isTrue();
    }

    @Test
    void whatWasStalledArrivesLate() throws Exception {
        proxy.mode(FaultProxy.Mode.STALL);
        CountDownLatch answered = new CountDownLatch(1);
        proxied.zooKeeper()
                .create(
                        "/stalled",
                        new byte[0],
                        Ids.OPEN_ACL_UNSAFE,
                        CreateMode.PERSISTENT,
                        (code, path, context, name) -> answered.countDown(),
                        null);
        assertThat(answered.await(300, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(direct.children("/")).doesNotContain("stalled");
        proxy.mode(FaultProxy.Mode.PASS);
        assertThat(answered.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(direct.children("/")).contains("stalled");
    }

    @Test
    void aSessionIsEndedAtTheServer() throws Exception {
        proxied.zooKeeper().create("/owned", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        assertThat(servers.ephemerals(0)).contains("/owned");
        assertThat(proxy.endSession(proxied.zooKeeper().getSessionId())).isTrue();
        assertThat(servers.ephemerals(0)).doesNotContain("/owned");
        Await.until(
                () -> proxied.zooKeeper().getState() == ZooKeeper.States.CLOSED,
                Duration.ofSeconds(10),
                "the client is told that its session has expired");
    }

    @Test
    void requestsAndRoundTripsAreCountedLikeTheServerCountsThem() throws Exception {
        proxy.delay(Duration.ofMillis(20));
        proxied.children("/");
        long before = servers.packetsReceived(0);
        proxy.startRecording();
        long start = System.nanoTime();
        CountDownLatch both = new CountDownLatch(2);
        proxied.zooKeeper()
                .create(
                        "/counted",
                        new byte[0],
                        Ids.OPEN_ACL_UNSAFE,
                        CreateMode.PERSISTENT,
                        (code, path, context, name) -> both.countDown(),
                        null);
        proxied.zooKeeper().getChildren("/", false, (code, path, context, names) -> both.countDown(), null);
        assertThat(both.await(5, TimeUnit.SECONDS)).isTrue();
        long pipelinedNanos = System.nanoTime() - start;
        Traffic pipelined = proxy.recorded();
        proxied.zooKeeper().exists("/counted", false);
        proxied.zooKeeper().delete("/counted", -1);
        Traffic all = proxy.recorded();
        long packets = servers.packetsReceived(0) - before;
        Figures.print(
                "SupportTest",
                "pipelined pair %.1f ms at 40 ms a round trip, server counted %d",
                pipelinedNanos / 1e6,
                packets);
        assertThat(pipelined.rounds(request -> !request.isHousekeeping())).isEqualTo(1);
        assertThat(all.rounds(request -> !request.isHousekeeping())).isEqualTo(3);
        assertThat(all.requests(request -> !request.isHousekeeping())).isEqualTo(4);
        assertThat(packets).isBetween(4L, 6L); // pings of both clients
    }

    @Test
    void aKilledServerIsGoneAndComesBackWithItsData() throws Exception {
        create(direct, "/kept");
        servers.kill(0);
        assertThat(servers.isServing(0)).isFalse();
        servers.restart(0);
        servers.awaitServing(0);
        try (DirectClient fresh = new DirectClient(servers.host(0))) {
            assertThat(fresh.children("/")).contains("kept");
        }
    }
}
