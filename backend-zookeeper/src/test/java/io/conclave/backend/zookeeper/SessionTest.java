package io.conclave.backend.zookeeper;

import static io.conclave.backend.zookeeper.Fixture.applied;
import static io.conclave.backend.zookeeper.Fixture.await;
import static io.conclave.backend.zookeeper.Fixture.commit;
import static io.conclave.backend.zookeeper.Fixture.contender;
import static io.conclave.backend.zookeeper.Fixture.data;
import static io.conclave.backend.zookeeper.Fixture.failureOf;
import static io.conclave.backend.zookeeper.Fixture.make;
import static io.conclave.backend.zookeeper.Fixture.node;
import static io.conclave.backend.zookeeper.Fixture.nodes;
import static io.conclave.backend.zookeeper.Fixture.path;
import static io.conclave.backend.zookeeper.Fixture.put;
import static io.conclave.backend.zookeeper.Fixture.soon;
import static io.conclave.backend.zookeeper.Fixture.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.spi.Applied;
import io.conclave.spi.Backend;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendException;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Commit;
import io.conclave.spi.CreateMode;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.SessionState;
import io.conclave.spi.TlsOptions;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SessionTest {
    private final List<SessionState> states = new CopyOnWriteArrayList<>();
    private TestServer server;
    private FaultProxy proxy;
    private Backend backend;
    private Session session;

    @BeforeEach
    void open() {
        server = new TestServer();
        proxy = new FaultProxy(server.port());
        backend = Fixture.backend(proxy.port());
        session = Fixture.session(backend, Fixture.TTL, (changed, state) -> states.add(state));
    }

    @AfterEach
    void close() {
        proxy.heal();
        Fixture.ended(backend.closeAsync());
        proxy.close();
        server.close();
    }

    /** Writes down what a watch hears. */
    private static final class Log implements WatchListener {
        final List<String> heard = new CopyOnWriteArrayList<>();

        @Override
        public void onChange(WatchSpec.Kind kind, NodePath path, long revision) {
            heard.add(kind + " " + path);
        }

        @Override
        public void onResync(long revision) {
            heard.add("RESYNC");
        }

        @Override
        public void onEnd(BackendException why) {
            heard.add("END " + why.getClass().getSimpleName());
        }
    }

    private Log watch(WatchSpec spec) {
        Log log = new Log();
        await(session.watch(spec, log).active());
        return log;
    }

    @Test
    void aBeatIsATransactionThatChangesNothing() {
        long zxid = server.zxid();
        int nodes = server.server().getZKDatabase().getNodeCount();
        await(session.read(List.of(), ReadLevel.LINEARIZABLE, soon()));
        until("the failed deletion is logged", () -> server.zxid() == zxid + 1);
        assertThat(server.server().getZKDatabase().getNodeCount()).isEqualTo(nodes);
    }

    @Test
    void anExpiredSessionIsLostByWayOfDoubt() {
        Log log = watch(WatchSpec.node(path("/n")));
        applied(commit(session, contender("/q")));
        server.expire(session.id());
        until("lost", () -> session.state() == SessionState.LOST);
        assertThat(states).containsExactly(SessionState.SUSPENDED, SessionState.DOUBTFUL, SessionState.LOST);
        until("the watch has ended", () -> log.heard.contains("END SessionLostException"));
        Throwable failure = failureOf(session.commit(
                Commit.builder(session.newOpId(), soon()).write(make("/n", "1")).build()));
        assertThat(failure).isInstanceOf(SessionLostException.class);
        assertThat(((BackendException) failure).applied()).isEqualTo(Applied.NO);
        await(session.closeAsync());
        Session next = Fixture.session(backend);
        assertThat(next.id()).isNotEqualTo(session.id());
        assertThat(nodes(next, Query.contenders(path("/q"), List.of("lock-")))).isEmpty();
    }

    @Test
    void watchesGoOnAfterAReconnect() {
        applied(commit(session, make("/n", "1"), make("/gone", "1")));
        Log node = watch(WatchSpec.node(path("/n")));
        Log children = watch(WatchSpec.children(path("/dir")));
        Log subtree = watch(WatchSpec.subtree(path("/dir")));
        Log gone = watch(WatchSpec.gone(path("/gone"), 0));
        proxy.dropConnections();
        until(
                "resynced",
                () -> node.heard.contains("RESYNC")
                        && children.heard.contains("RESYNC")
                        && subtree.heard.contains("RESYNC"));
        until("active", () -> session.state() == SessionState.ACTIVE);
        applied(commit(session, put("/n", "2"), make("/dir/x/y", "1"), Fixture.delete("/gone")));
        until(
                "told",
                () -> node.heard.contains("CHANGED /n")
                        && children.heard.contains("CHILDREN /dir")
                        && subtree.heard.contains("CREATED /dir/x/y")
                        && gone.heard.contains("DELETED /gone"));
    }

    @Test
    void whatVanishesDuringACutIsTold() {
        applied(commit(session, make("/gone", "1")));
        Log gone = watch(WatchSpec.gone(path("/gone"), 0));
        Backend calm = Fixture.backend(server.port());
        Session other = Fixture.session(calm);
        proxy.cut();
        applied(commit(other, Fixture.delete("/gone")));
        proxy.dropConnections();
        proxy.heal();
        until("told", () -> gone.heard.contains("DELETED /gone"));
        await(calm.closeAsync());
    }

    @Test
    void aWatchThatIsCancelledIsRemovedFromTheServer() {
        Watch one = session.watch(WatchSpec.children(path("/dir")), new Log());
        Watch two = session.watch(WatchSpec.children(path("/dir")), new Log());
        await(one.active());
        await(two.active());
        var tree = server.server().getZKDatabase().getDataTree();
        int set = tree.getWatchCount();
        one.cancel();
        await(session.read(List.of(), ReadLevel.LINEARIZABLE, soon()));
        assertThat(tree.getWatchCount()).isEqualTo(set);
        two.cancel();
        until("removed", () -> tree.getWatchCount() < set);
    }

    @Test
    void aWatchForTheEndOfWhatNeverWasLeavesNothingBehind() {
        var tree = server.server().getZKDatabase().getDataTree();
        int before = tree.getWatchCount();
        Log gone = watch(WatchSpec.gone(path("/never"), 0));
        until("told", () -> gone.heard.equals(List.of("DELETED /never")));
        assertThat(tree.getWatchCount()).isEqualTo(before);
    }

    @Test
    void aGoneWatchSurvivesChangesOfDataAndSeesADirectoryStay() {
        applied(commit(session, make("/n", "1"), make("/n/child", "1")));
        Log gone = watch(WatchSpec.gone(path("/n"), 0));
        applied(commit(session, put("/n", "2")));
        applied(commit(session, put("/n", "3")));
        assertThat(gone.heard).doesNotContain("DELETED /n");
        applied(commit(session, Fixture.delete("/n")));
        until("told", () -> gone.heard.contains("DELETED /n"));
    }

    @Test
    void oneNodeMayHaveWatchesOfAllKinds() {
        applied(commit(session, make("/n", "1")));
        Log gone = watch(WatchSpec.gone(path("/n"), 0));
        Log node = watch(WatchSpec.node(path("/n")));
        Log children = watch(WatchSpec.children(path("/n")));
        Log subtree = watch(WatchSpec.subtree(path("/n")));
        applied(commit(session, put("/n", "2"), make("/n/c", "1")));
        until(
                "told",
                () -> node.heard.contains("CHANGED /n")
                        && children.heard.contains("CHILDREN /n")
                        && subtree.heard.contains("CREATED /n/c"));
        applied(commit(session, Fixture.delete("/n/c"), Fixture.delete("/n")));
        until("gone", () -> gone.heard.contains("DELETED /n") && node.heard.contains("DELETED /n"));
    }

    @Test
    void silenceWithoutAQuorumEndsBeliefAlthoughTheConnectionStands() {
        session.keepFresh(true);
        proxy.cut();
        long until = session.validUntilNanos();
        until("doubtful", () -> states.contains(SessionState.DOUBTFUL));
        assertThat(session.validUntilNanos()).isEqualTo(until);
        assertThat(Fixture.TIME.nanoTime() - until)
                .isBetween(0L, Duration.ofSeconds(1).toNanos());
        until("lost", () -> session.state() == SessionState.LOST);
        assertThat(states).containsExactly(SessionState.SUSPENDED, SessionState.DOUBTFUL, SessionState.LOST);
    }

    @Test
    void closingRemovesTheNodesAndRefusesWhatComesAfter() {
        applied(commit(session, Write.create(path("/e"), data("1"), CreateMode.EPHEMERAL)));
        await(session.closeAsync());
        await(session.closeAsync());
        assertThat(session.state()).isEqualTo(SessionState.CLOSED);
        assertThat(server.server().getZKDatabase().getDataTree().getEphemeralsCount())
                .isZero();
        assertThat(failureOf(session.commit(Commit.builder(session.newOpId(), soon())
                        .write(make("/x", "1"))
                        .build())))
                .isInstanceOf(BackendClosedException.class);
    }

    @Test
    void withoutAServerOpeningFailsAtItsDeadline() throws IOException {
        int unused;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            unused = socket.getLocalPort();
        }
        Backend none = Fixture.backend(unused);
        assertThat(failureOf(none.openSession(
                        new SessionSpec(Fixture.TTL, 1), (changed, state) -> {}, Fixture.in(Duration.ofMillis(300)))))
                .isInstanceOf(UnavailableException.class);
        await(none.closeAsync());
        assertThat(failureOf(none.openSession(new SessionSpec(Fixture.TTL, 1), (changed, state) -> {}, soon())))
                .isInstanceOf(BackendClosedException.class);
    }

    @Test
    void aChangedListOfServersTakesEffect() {
        await(backend.updateServers(List.of("127.0.0.1:" + server.port())));
        proxy.close();
        until("active over the other way", () -> {
            var result = session.commit(Commit.builder(session.newOpId(), Fixture.in(Duration.ofSeconds(1)))
                    .write(Write.create(path("/n"), data("1"), CreateMode.EPHEMERAL))
                    .build());
            return Fixture.ended(result).isEmpty();
        });
        assertThat(failureOf(backend.updateServers(List.of("no port:")))).isInstanceOf(IllegalArgumentException.class);
        assertThat(failureOf(backend.updateServers(List.of()))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void configurationsThatCannotWorkAreRefusedAtOnce() {
        assertThatThrownBy(() -> Fixture.backend("zookeepers://h:1"))
                .hasRootCauseInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Fixture.backend("zookeeper://h:1/zookeeper/x"))
                .hasRootCauseInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Fixture.backend("zookeeper:x")).hasRootCauseInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Fixture.backend("zookeeper://h:1/?juteMaxBuffer=1"))
                .hasRootCauseInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Fixture.backend("zookeeper://h:1/?juteMaxBuffer=x"))
                .hasRootCauseInstanceOf(IllegalArgumentException.class);
        assertThat(failureOf(new ZooKeeperBackendProvider()
                        .connect(new BackendConfig(
                                BackendUrl.parse("zookeepers://h:1"),
                                Fixture.TIME,
                                soon(),
                                false,
                                Optional.empty(),
                                Optional.of(new TlsOptions(
                                        Path.of("target/no-such-store"),
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty()))))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everythingIsInTheReservedDirectoryOrAskedFor() {
        applied(commit(session, contender("/locks/a")));
        assertThat(node(session, "/locks")).isEmpty();
        assertThat(Fixture.children(session, "/")).containsExactly("locks");
        assertThat(server.server().getZKDatabase().getDataTree().getNode("/test/.conclave/slots"))
                .isNotNull();
    }

    @Test
    void aListenerThatLeavesAnInterruptBehindDoesNotStopTheClient() {
        List<SessionState> heard = new CopyOnWriteArrayList<>();
        Session interrupted = Fixture.session(backend, Fixture.TTL, (changed, state) -> {
            heard.add(state);
            if (state == SessionState.SUSPENDED) {
                Thread.currentThread().interrupt();
            }
        });
        proxy.dropConnections();
        until("active again", () -> heard.contains(SessionState.ACTIVE));
        applied(commit(interrupted, make("/n", "1")));
    }

    @Test
    void aWatchThatIsCancelledDuringACutIsNotSetAgain() {
        var tree = server.server().getZKDatabase().getDataTree();
        int before = tree.getWatchCount();
        Watch watch = session.watch(WatchSpec.subtree(path("/dir")), new Log());
        await(watch.active());
        proxy.cut();
        proxy.dropConnections();
        until("suspended", () -> states.contains(SessionState.SUSPENDED));
        watch.cancel();
        CompletableFuture<Integer> behind = new CompletableFuture<>();
        ((ZooKeeperSession) session)
                .handle()
                .exists("/", false, (code, path, context, stat) -> behind.complete(code), null);
        until("the removal has failed", () -> {
            proxy.dropConnections();
            return behind.isDone();
        });
        proxy.heal();
        until("active again", () -> session.state() == SessionState.ACTIVE);
        applied(commit(session, make("/n", "1")));
        assertThat(tree.getWatchCount()).isEqualTo(before);
    }

    @Test
    void aChangedListOfServersReachesASessionThatIsBeingOpened() {
        proxy.cut();
        CompletionStage<Session> opening =
                backend.openSession(new SessionSpec(Fixture.TTL, 2), (changed, state) -> {}, soon());
        await(backend.updateServers(List.of("127.0.0.1:" + server.port())));
        proxy.close();
        assertThat(await(opening).state()).isEqualTo(SessionState.ACTIVE);
    }

    @Test
    void anOpeningThatIsCancelledBeforeItStartsMakesNoClient() {
        BackendUrl url = BackendUrl.parse("zookeeper://127.0.0.1:" + server.port() + "/late");
        SessionOpening opening = new SessionOpening(
                ClientSettings.of(BackendConfig.of(url, Fixture.TIME, soon())),
                new SessionSpec(Fixture.TTL, 1),
                (changed, state) -> {},
                1,
                ended -> {});
        opening.cancel(new BackendClosedException("closed meanwhile"));
        assertThat(failureOf(opening.start(3_000, () -> "127.0.0.1:" + server.port(), soon())))
                .isInstanceOf(BackendClosedException.class);
        assertThatThrownBy(opening::handle).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aWatchThatTheServerFailsToSetInPassingIsSetAgain() {
        proxy.failNext(ZooDefs.OpCode.addWatch, Code.SYSTEMERROR);
        Log node = watch(WatchSpec.node(path("/n")));
        applied(commit(session, make("/n", "1")));
        proxy.failNext(ZooDefs.OpCode.getData, Code.SYSTEMERROR);
        Log gone = watch(WatchSpec.gone(path("/n"), 0));
        applied(commit(session, Fixture.delete("/n")));
        until("told", () -> node.heard.contains("DELETED /n") && gone.heard.contains("DELETED /n"));
    }

    @Test
    void theLateFailureOfACancelledWatchDoesNotTouchTheNextOneThere() {
        proxy.delayAnswers(Duration.ofMillis(50));
        proxy.failNext(ZooDefs.OpCode.addWatch, Code.NOAUTH);
        Watch first = session.watch(WatchSpec.node(path("/n")), new Log());
        await(session.read(List.of(), ReadLevel.OWN_WRITES, soon())); // it was asked for by now
        first.cancel();
        Log next = watch(WatchSpec.node(path("/n")));
        applied(commit(session, make("/n", "1")));
        until("told", () -> next.heard.contains("CREATED /n"));
    }
}
