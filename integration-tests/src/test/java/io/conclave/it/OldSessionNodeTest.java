package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.GrantLostException;
import io.conclave.it.support.Await;
import io.conclave.it.support.DirectClient;
import io.conclave.it.support.FaultProxy;
import io.conclave.it.support.ZooKeeperServers;
import io.conclave.lock.FencedLock;
import io.conclave.spi.SessionState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.data.Stat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * T1: a process has given its session up and opened the next one while the server still keeps the old session with its node: time-outs begin anew when a server
 * restarts or another one leads. The node stands in the queue like a stranger's: no grant is given on it, and none before it is gone.
 *
 * <p>So that this lasts for as long as the test wants, a plain client goes on with the old session at the server, and its end is the removal of the node. A
 * follower that lags cannot show it: the new session is opened there by a transaction, and that comes after the removal.
 */
@Timeout(60)
final class OldSessionNodeTest {
    private static final Duration SESSION = Duration.ofSeconds(2);
    private static final Duration SHORT = Duration.ofMillis(500);
    private static final Duration WAIT = Duration.ofSeconds(20);

    private static ZooKeeperServers servers;
    private static int paths;

    private final String path = "/t1/lock-" + ++paths;
    private FaultProxy firstWay;
    private Conclave process;
    private Conclave other;
    private DirectClient store;
    private FencedLock lock;

    @BeforeAll
    static void start() throws Exception {
        servers = ZooKeeperServers.of(1).tickMillis(250).start();
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    @BeforeEach
    void connect() throws Exception {
        firstWay = FaultProxy.before(servers.port(0));
        process = Conclave.builder(ZooKeeperServers.url(firstWay.host(), "", SESSION))
                .callTimeout(SHORT)
                .connect();
        other = Conclave.connect(servers.url("", Duration.ofSeconds(5)));
        store = new DirectClient(servers.host(0));
        lock = FencedLock.of(process, path);
    }

    @AfterEach
    void disconnect() {
        process.close();
        other.close();
        store.close();
        firstWay.close();
    }

    /** T1: the holder asks again, behind the node of its lost grant. */
    @Test
    void theHoldersNodeOfItsOldSessionIsNotItsNextGrant() throws Exception {
        FencedGrant old = lock.acquire(WAIT);
        long oldSession = session();
        CompletableFuture<FencedGrant> again;
        try (DirectClient kept = nextSessionWhileTheOldOneIsKept()) {
            assertThat(old.isValid()).isFalse();
            assertThat(lock.tryAcquire()).isEmpty();
            again = lock.acquireAsync(WAIT);
            awaitOwners(oldSession, session());
            assertNotGranted(again, kept, oldSession);
        }
        FencedGrant next = again.get(WAIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(owners()).containsExactly(session());
        assertThat(next.isValid()).isTrue();
        assertThat(next.fencingToken()).isGreaterThan(old.fencingToken());
        assertThat(old.isValid()).isFalse();
        assertThatThrownBy(old::release).isInstanceOf(GrantLostException.class);
        assertThat(owners()).containsExactly(session());
    }

    /** T1: a waiter begins again at the tail; what becomes the first is its node of the old session. */
    @Test
    void theWaitersNodeOfItsOldSessionIsNotItsGrant() throws Exception {
        FencedGrant others = FencedLock.of(other, path).acquire(WAIT);
        long otherSession = Long.parseUnsignedLong(other.health().sessionId(), 16);
        CompletableFuture<FencedGrant> waiting = lock.acquireAsync(WAIT);
        long oldSession = session();
        awaitOwners(otherSession, oldSession);
        try (DirectClient kept = nextSessionWhileTheOldOneIsKept()) {
            awaitOwners(otherSession, oldSession, session());
            others.release();
            awaitOwners(oldSession, session());
            assertNotGranted(waiting, kept, oldSession);
        }
        FencedGrant granted = waiting.get(WAIT.toSeconds(), TimeUnit.SECONDS);
        assertThat(owners()).containsExactly(session());
        assertThat(granted.isValid()).isTrue();
        assertThat(granted.fencingToken()).isGreaterThan(others.fencingToken());
    }

    /**
     * The first way stays closed, so nobody but the plain client can go on with the old session. Returns when the process is in contact again, by another way.
     */
    private DirectClient nextSessionWhileTheOldOneIsKept() throws Exception {
        long oldSession = session();
        firstWay.mode(FaultProxy.Mode.REFUSE);
        DirectClient kept = firstWay.takeSession(oldSession);
        Await.until(() -> process.state() == SessionState.LOST, WAIT, "the process gives its session up");
        process.updateServers(List.of(servers.host(0))).toCompletableFuture().get(WAIT.toSeconds(), TimeUnit.SECONDS);
        Await.until(() -> process.health().isHealthy(), WAIT, "the process has the next session");
        assertThat(session()).isNotEqualTo(oldSession);
        assertThat(owners()).as("the old node stands").contains(oldSession);
        return kept;
    }

    private void assertNotGranted(CompletableFuture<FencedGrant> waiting, DirectClient kept, long oldSession)
            throws Exception {
        assertThat(waiting).as("while the old node is the first").failsWithin(SHORT);
        assertThat(waiting).isNotDone();
        assertThat(kept.zooKeeper().getSessionId()).isEqualTo(oldSession);
        assertThat(owners()).containsExactly(oldSession, session());
    }

    private long session() {
        return Long.parseUnsignedLong(process.health().sessionId(), 16);
    }

    private void awaitOwners(Long... sessions) throws InterruptedException {
        Await.until(() -> owners().equals(List.of(sessions)), WAIT, "the queue is that of these sessions, in order");
    }

    /** The sessions of the contenders in their order. */
    private List<Long> owners() throws Exception {
        List<String> names = new ArrayList<>(store.contenders(path));
        names.sort(Comparator.comparing(name -> name.substring(name.length() - 10)));
        List<Long> owners = new ArrayList<>();
        for (String name : names) {
            Stat stat = store.zooKeeper().exists(path + "/" + name, false);
            owners.add(stat == null ? 0 : stat.getEphemeralOwner());
        }
        return owners;
    }
}
