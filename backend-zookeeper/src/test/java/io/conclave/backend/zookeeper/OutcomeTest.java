package io.conclave.backend.zookeeper;

import static io.conclave.backend.zookeeper.Fixture.applied;
import static io.conclave.backend.zookeeper.Fixture.await;
import static io.conclave.backend.zookeeper.Fixture.commit;
import static io.conclave.backend.zookeeper.Fixture.contender;
import static io.conclave.backend.zookeeper.Fixture.delete;
import static io.conclave.backend.zookeeper.Fixture.failureOf;
import static io.conclave.backend.zookeeper.Fixture.make;
import static io.conclave.backend.zookeeper.Fixture.node;
import static io.conclave.backend.zookeeper.Fixture.nodes;
import static io.conclave.backend.zookeeper.Fixture.path;
import static io.conclave.backend.zookeeper.Fixture.put;
import static io.conclave.backend.zookeeper.Fixture.refusedAt;
import static io.conclave.backend.zookeeper.Fixture.soon;
import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.backend.zookeeper.FaultProxy.Fault;
import io.conclave.spi.AccessDeniedException;
import io.conclave.spi.Applied;
import io.conclave.spi.Backend;
import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.Node;
import io.conclave.spi.Query;
import io.conclave.spi.Session;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.SessionState;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.ZooDefs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lost answers, lost requests and silence. */
class OutcomeTest {
    private static final Duration TTL = Duration.ofSeconds(20);
    private static TestServer server;
    private static int count;

    private FaultProxy proxy;
    private Backend backend;
    private Session session;
    private Backend calm;
    private Session other;

    @BeforeAll
    static void startServer() {
        server = new TestServer();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void open() {
        proxy = new FaultProxy(server.port());
        String namespace = "/outcome/" + ++count;
        backend = Fixture.backend("zookeeper://127.0.0.1:" + proxy.port() + namespace);
        calm = Fixture.backend("zookeeper://127.0.0.1:" + server.port() + namespace);
        session = Fixture.session(backend, TTL, (changed, state) -> {});
        other = Fixture.session(calm, TTL, (changed, state) -> {});
    }

    @AfterEach
    void close() {
        proxy.heal();
        await(backend.closeAsync());
        await(calm.closeAsync());
        proxy.close();
    }

    private Commit commitOf(Write... writes) {
        return new Commit(session.newOpId(), List.of(), List.of(writes), List.of(), soon());
    }

    private Commit loseAnswerOf(Commit commit) {
        proxy.atNextCommit(Fault.LOSE_REPLY);
        assertThat(failureOf(session.commit(commit))).isInstanceOf(IndeterminateException.class);
        return commit;
    }

    private CommitResult again(Commit commit) {
        return await(session.commit(commit.withDeadline(soon())));
    }

    @Test
    void aSharedPlaceIsRecoveredWithItsNumberEvenIfItsNodeIsGone() {
        var writer = applied(commit(session, contender("/rw"))).created().get(0);
        Write same = new Write.CreateSequential(
                path("/rw"), "__READ__", Fixture.data(""), CreateMode.EPHEMERAL_SEQUENTIAL, writer.path());
        Commit commit = loseAnswerOf(commitOf(same));
        var reader =
                nodes(other, Query.contenders(path("/rw"), List.of("__READ__"))).get(0);
        applied(commit(other, Write.delete(reader.path())));
        var told = applied(again(commit)).created().get(0);
        assertThat(told.path()).isEqualTo(reader.path());
        assertThat(told.sequence()).isEqualTo(writer.sequence());
    }

    @Test
    void aLostRequestIsSentAgainAndARefusalThenIsFinal() {
        applied(commit(other, make("/n", "1")));
        Commit commit = new Commit(
                session.newOpId(), List.of(Guard.versionIs(path("/n"), 0)), List.of(put("/n", "2")), List.of(), soon());
        proxy.atNextCommit(Fault.LOSE_REQUEST);
        assertThat(failureOf(session.commit(commit))).isInstanceOf(IndeterminateException.class);
        applied(commit(other, put("/n", "3")));
        assertThat(refusedAt(again(commit))).isZero();
        assertThat(refusedAt(again(commit))).isZero();
        assertThat(node(other, "/n").orElseThrow().data().asUtf8()).isEqualTo("3");
    }

    @Test
    void aDeletionIsNotRepeatedOnAnothersNode() {
        applied(commit(other, make("/n", "1")));
        Commit commit = loseAnswerOf(commitOf(delete("/n")));
        applied(commit(other, make("/n", "2")));
        applied(again(commit));
        assertThat(node(other, "/n")).isPresent();
    }

    @Test
    void moreAbandonedCommitsThanSlotsDoNotBlockTheNext() {
        commit(session, make("/first", "1"));
        List<Commit> lost = new ArrayList<>();
        for (int round = 0; round < 2; round++) {
            proxy.cut();
            List<CompletionStage<CommitResult>> stages = new ArrayList<>();
            for (int i = 0; i < Slots.MOST; i++) {
                Commit commit = new Commit(
                        session.newOpId(),
                        List.of(),
                        List.of(make("/n-" + round + "-" + i, "1")),
                        List.of(),
                        Fixture.in(Duration.ofMillis(300)));
                lost.add(commit);
                stages.add(session.commit(commit));
            }
            stages.forEach(stage -> assertThat(failureOf(stage)).isInstanceOf(BackendException.class));
            proxy.dropConnections();
            proxy.heal();
            Fixture.until("active again", () -> session.state() == SessionState.ACTIVE);
        }
        applied(commit(session, make("/next", "1")));
        for (Commit commit : lost) {
            applied(again(commit));
        }
        assertThat(Fixture.children(other, "/")).hasSize(2 + lost.size());
    }

    @Test
    void silenceEndsEveryStageAtItsDeadlineAndNothingIsLeftAfterTheWithdrawal() {
        commit(session, contender("/locks/a"));
        proxy.cut();
        Commit sent = commitOf(contender("/locks/a")).withDeadline(Fixture.in(Duration.ofMillis(200)));
        CompletionStage<CommitResult> stage = session.commit(sent);
        long before = System.nanoTime();
        assertThat(failureOf(stage)).isInstanceOf(IndeterminateException.class);
        assertThat(failureOf(session.read(
                        List.of(Query.get(path("/x"))),
                        io.conclave.spi.ReadLevel.OWN_WRITES,
                        Fixture.in(Duration.ofMillis(200)))))
                .isInstanceOf(UnavailableException.class);
        assertThat(failureOf(session.withdraw(sent.opId(), Fixture.in(Duration.ofMillis(200)))))
                .isInstanceOf(IndeterminateException.class);
        assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
        proxy.heal();
        Fixture.until(
                "the contender goes by itself",
                () -> nodes(other, Query.contenders(path("/locks/a"), List.of("lock-")))
                                .size()
                        == 1);
        assertThat(await(session.withdraw(sent.opId(), soon()))).isNotEqualTo(Withdrawal.APPLIED);
        assertThat(failureOf(session.commit(sent.withDeadline(soon())))).isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void everyKindOfCommitSurvivesARunOfLostAnswers() {
        applied(commit(other, make("/value", "0")));
        for (int i = 0; i < 5; i++) {
            String name = "/made-" + i;
            applied(again(loseAnswerOf(commitOf(make(name, "1")))));
            var mine = applied(again(loseAnswerOf(commitOf(contender("/q")))))
                    .created()
                    .get(0);
            applied(again(loseAnswerOf(new Commit(
                    session.newOpId(),
                    List.of(Guard.present(mine.path(), mine.createdRevision().getAsLong())),
                    List.of(put("/value", "" + i), make(name + "/child", "2")),
                    List.of(),
                    soon()))));
            applied(again(loseAnswerOf(commitOf(Write.delete(mine.path())))));
            applied(again(loseAnswerOf(commitOf(delete(name)))));
        }
        assertThat(nodes(other, Query.contenders(path("/q"), List.of("lock-")))).isEmpty();
        assertThat(node(other, "/value").orElseThrow().version()).isEqualTo(5);
        assertThat(nodes(other, Query.subtree(path("/"), 100))).hasSize(6);
    }

    @Test
    void aDeliveredContenderCanBeWithdrawn() {
        Commit commit = commitOf(contender("/q"));
        applied(await(session.commit(commit)));
        assertThat(await(session.withdraw(commit.opId(), soon()))).isEqualTo(Withdrawal.UNDONE);
        assertThat(await(session.withdraw(commit.opId(), soon()))).isEqualTo(Withdrawal.UNDONE);
        assertThat(nodes(other, Query.contenders(path("/q"), List.of("lock-")))).isEmpty();
        Commit stays = commitOf(make("/stays", "1"));
        applied(await(session.commit(stays)));
        assertThat(await(session.withdraw(stays.opId(), soon()))).isEqualTo(Withdrawal.APPLIED);
    }

    @Test
    void theFirstOfSeveralReadsThatFailsIsTold() {
        applied(commit(other, make("/a", "1"), make("/b", "1")));
        proxy.failNext(ZooDefs.OpCode.exists, Code.NOAUTH);
        assertThat(failureOf(session.commit(commitOf(delete("/a"), delete("/b")))))
                .isInstanceOf(AccessDeniedException.class);
    }

    /** As an administrator would who takes them for litter. */
    private void removeSlots() throws Exception {
        Handle handle = ((ZooKeeperSession) other).handle();
        String slots = "/outcome/" + count + "/.conclave/slots";
        for (String name : handle.getChildren(slots, false)) {
            if (name.startsWith(session.id())) {
                handle.delete(slots + "/" + name, -1);
            }
        }
    }

    @Test
    void aContenderIsFoundByItsNameIfItsSlotIsGone() throws Exception {
        Commit commit = loseAnswerOf(commitOf(contender("/q")));
        var made = nodes(other, Query.contenders(path("/q"), List.of("lock-"))).get(0);
        removeSlots();
        var told = applied(again(commit)).created().get(0);
        assertThat(told.path()).isEqualTo(made.path());
        assertThat(told.createdRevision())
                .isEqualTo(node(other, made.path().toString()).orElseThrow().createdRevision());
        assertThat(nodes(other, Query.contenders(path("/q"), List.of("lock-")))).hasSize(1);
    }

    @Test
    void aContenderThatWasNotMadeIsWithdrawnThoughItsSlotIsGone() throws Exception {
        applied(commit(session, contender("/q")));
        Commit commit = commitOf(contender("/q"));
        proxy.atNextCommit(Fault.LOSE_REQUEST);
        assertThat(failureOf(session.commit(commit))).isInstanceOf(IndeterminateException.class);
        removeSlots();
        assertThat(await(session.withdraw(commit.opId(), soon()))).isEqualTo(Withdrawal.NEVER_APPLIED);
        assertThat(nodes(other, Query.contenders(path("/q"), List.of("lock-")))).hasSize(1);
    }

    @Test
    void aWriteWhoseSlotIsGoneIsUnknownForEverAndNeverRepeated() throws Exception {
        Commit commit = loseAnswerOf(commitOf(make("/n", "1")));
        removeSlots();
        applied(commit(other, delete("/n")));
        for (int i = 0; i < 2; i++) {
            Throwable failure = failureOf(session.commit(commit.withDeadline(soon())));
            assertThat(failure).isInstanceOf(SessionLostException.class);
            assertThat(((BackendException) failure).applied()).isEqualTo(Applied.UNKNOWN);
            assertThat(failureOf(session.withdraw(commit.opId(), soon()))).isInstanceOf(SessionLostException.class);
        }
        assertThat(node(other, "/n")).isEmpty();
        applied(commit(session, make("/next", "1")));
    }

    @Test
    void aWithdrawalThatWaitsForACommitWhoseSlotIsGoneIsAnswered() throws Exception {
        Commit commit = loseAnswerOf(commitOf(make("/n", "1")));
        removeSlots();
        proxy.delayAnswers(Duration.ofMillis(50));
        CompletionStage<CommitResult> retry = session.commit(commit.withDeadline(soon()));
        CompletionStage<Withdrawal> withdrawal = session.withdraw(commit.opId(), soon());
        assertThat(failureOf(retry)).isInstanceOf(SessionLostException.class);
        assertThat(failureOf(withdrawal)).isInstanceOf(SessionLostException.class);
    }

    @Test
    void theVersionOfARecoveredNodeIsToldWhereItCanBeKnown() {
        Commit plain = loseAnswerOf(commitOf(make("/n", "1")));
        applied(commit(other, put("/n", "2")));
        assertThat(applied(again(plain)).created().get(0).version()).isZero();
        applied(commit(other, make("/d/child", "1")));
        Commit turned = loseAnswerOf(commitOf(make("/d", "1")));
        assertThat(applied(again(turned)).created().get(0).version())
                .isEqualTo(node(other, "/d").orElseThrow().version());
        Commit gone = loseAnswerOf(commitOf(make("/gone", "1")));
        applied(commit(other, delete("/gone")));
        assertThat(applied(again(gone)).created().get(0).version()).isEqualTo(Node.UNKNOWN_VERSION);
    }
}
