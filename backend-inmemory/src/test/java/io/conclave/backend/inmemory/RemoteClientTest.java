package io.conclave.backend.inmemory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.conclave.backend.inmemory.testing.LoneMember;
import io.conclave.backend.inmemory.testing.MemberFault;
import io.conclave.backend.inmemory.testing.MemberProxy;
import io.conclave.spi.Backend;
import io.conclave.spi.BackendConfig;
import io.conclave.spi.BackendException;
import io.conclave.spi.BackendUrl;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.SessionState;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import io.conclave.spi.View;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client of the replicated store whose connections fail. */
@Timeout(60)
class RemoteClientTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration TTL = Duration.ofSeconds(10);
    private static final NodePath N = NodePath.of("/n");

    private final LoneMember member = new LoneMember();
    private final MemberProxy proxy = MemberProxy.before(member.ports().get(0));
    private final Queue<SessionState> states = new ConcurrentLinkedQueue<>();
    private final List<Backend> backends = new ArrayList<>();
    private Session session;

    @BeforeEach
    void open() {
        session = session(connect(proxy.address()));
    }

    @AfterEach
    void close() {
        proxy.close();
        backends.forEach(Backend::closeAsync);
        member.close();
    }

    private Backend connect(String hosts) {
        Backend backend = await(tryConnect(hosts, LIMIT));
        backends.add(backend);
        return backend;
    }

    private static CompletionStage<Backend> tryConnect(String hosts, Duration limit) {
        return new InMemoryBackendProvider()
                .connect(BackendConfig.of(
                        BackendUrl.parse("inmemory://" + hosts + "/app"),
                        Timekeeper.system(),
                        Timekeeper.system().deadlineAfter(limit)));
    }

    private Session session(Backend backend) {
        return await(
                backend.openSession(new SessionSpec(TTL, 1), (changed, state) -> states.add(state), deadline(LIMIT)));
    }

    private static long deadline(Duration wait) {
        return Timekeeper.system().deadlineAfter(wait);
    }

    private static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture().join();
    }

    private static BackendException failure(CompletionStage<?> stage) {
        try {
            await(stage);
        } catch (CompletionException failed) {
            return (BackendException) failed.getCause();
        }
        throw new AssertionError("should have failed");
    }

    private static void until(BooleanSupplier condition) {
        long end = deadline(LIMIT);
        while (!condition.getAsBoolean()) {
            assertThat(Timekeeper.system().isPast(end)).as("waited in vain").isFalse();
            java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
        }
    }

    private Commit write(Write write, Duration limit) {
        return Commit.builder(session.newOpId(), deadline(limit)).write(write).build();
    }

    private void create() {
        await(session.commit(write(Write.create(N, Payload.empty(), CreateMode.PERSISTENT), LIMIT)));
    }

    private String data(ReadLevel level) {
        View view = await(session.read(List.of(Query.get(N)), level, deadline(LIMIT)))
                .get(0);
        return ((View.OfNode) view).node().orElseThrow().data().asUtf8();
    }

    /** Counts what it is told. */
    private static final class Log implements WatchListener {
        final Queue<Long> changes = new ConcurrentLinkedQueue<>();
        final Queue<Long> resyncs = new ConcurrentLinkedQueue<>();

        @Override
        public void onChange(WatchSpec.Kind kind, NodePath path, long revision) {
            changes.add(revision);
        }

        @Override
        public void onResync(long revision) {
            resyncs.add(revision);
        }

        @Override
        public void onEnd(BackendException why) {}
    }

    @Test
    void aWatchIsToldEveryChangeOnceOverManyCuts() {
        create();
        Log log = new Log();
        await(session.watch(WatchSpec.node(N), log).active());
        Session other = session(connect("127.0.0.1:" + member.ports().get(0)));
        List<Long> revisions = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            Commit commit = Commit.builder(other.newOpId(), deadline(LIMIT))
                    .write(Write.put(N, Payload.utf8("v" + i)))
                    .build();
            revisions.add(((CommitResult.Applied) await(other.commit(commit)))
                    .revision()
                    .getAsLong());
            if (i % 20 == 7) {
                proxy.reset();
            }
        }
        until(() -> log.changes.size() >= revisions.size());
        assertThat(log.resyncs).isEmpty();
        assertThat(log.changes).containsExactlyElementsOf(revisions);
        assertThat(states).contains(SessionState.SUSPENDED).doesNotContain(SessionState.DOUBTFUL, SessionState.LOST);
    }

    @Test
    void aLostReplyIsInDoubtAndTheSameIdTellsTheTruth() {
        create();
        proxy.atNextCommit(MemberFault.LOSE_REPLY);
        Commit commit = write(Write.put(N, Payload.utf8("once")), LIMIT);
        assertThat(failure(session.commit(commit))).isInstanceOf(IndeterminateException.class);
        CommitResult.Applied told = (CommitResult.Applied) await(session.commit(commit));
        View.OfNode seen =
                (View.OfNode) await(session.read(List.of(Query.get(N)), ReadLevel.LINEARIZABLE, deadline(LIMIT)))
                        .get(0);
        assertThat(seen.node().orElseThrow().version()).as("put once").isEqualTo(1);
        assertThat(seen.node().orElseThrow().modifiedRevision()).isEqualTo(told.revision());
    }

    @Test
    void whatIsAskedForWithoutAConnectionWaitsForOneOrItsDeadline() {
        create();
        proxy.cut();
        proxy.reset();
        until(() -> states.contains(SessionState.SUSPENDED));
        Duration brief = Duration.ofMillis(200);
        assertThat(failure(session.commit(write(Write.put(N, Payload.utf8("never")), brief))))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("no connection by the deadline");
        assertThat(failure(session.read(List.of(Query.get(N)), ReadLevel.OWN_WRITES, deadline(brief))))
                .isInstanceOf(UnavailableException.class);
        CompletionStage<CommitResult> waiting = session.commit(write(Write.put(N, Payload.utf8("later")), LIMIT));
        proxy.heal();
        assertThat(await(waiting)).isInstanceOf(CommitResult.Applied.class);
        assertThat(data(ReadLevel.LINEARIZABLE)).isEqualTo("later");
        assertThat(session.state()).isEqualTo(SessionState.ACTIVE);
    }

    @Test
    void anOpeningWhoseAnswerIsLostLeavesNoSecondSession() {
        Backend backend = connect(proxy.address());
        String before = member.store().status().get("sessions");
        proxy.swallowAnswers();
        CompletionStage<Session> opening =
                backend.openSession(new SessionSpec(TTL, 1), (changed, state) -> {}, deadline(LIMIT));
        until(() -> !member.store().status().get("sessions").equals(before));
        proxy.heal();
        assertThat(await(opening).state()).isEqualTo(SessionState.ACTIVE);
        assertThat(Integer.parseInt(member.store().status().get("sessions"))).isEqualTo(Integer.parseInt(before) + 1);
    }

    @Test
    void serversThatDoNotAnswerArePassedOver() {
        MemberProxy hole = MemberProxy.before(member.ports().get(0));
        hole.cut();
        try {
            Backend backend = connect("127.0.0.1:1," + hole.address() + "," + proxy.address());
            assertThat(session(backend).state()).isEqualTo(SessionState.ACTIVE);
        } finally {
            hole.close();
        }
    }

    @Test
    void noServerAtAllIsSaidByTheDeadlineWithTheReason() {
        assertThat(failure(tryConnect("127.0.0.1:1", Duration.ofMillis(300))))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("not reached by the deadline")
                .hasMessageContaining("127.0.0.1:1");
    }

    @Test
    void anotherStoreBehindTheSameAddressIsNotTakenForTheOld() {
        create();
        member.startFromNothing();
        assertThat(failure(
                        session.read(List.of(Query.get(N)), ReadLevel.LINEARIZABLE, deadline(Duration.ofSeconds(2)))))
                .isInstanceOf(UnavailableException.class);
        assertThat(session.state()).isIn(SessionState.SUSPENDED, SessionState.DOUBTFUL);
    }

    @Test
    void beatsKeepValidityAheadWithoutAnEntryInTheLog() {
        String applied = member.store().status().get("appliedIndex");
        long first = session.validUntilNanos();
        until(() -> session.validUntilNanos() - first > 0);
        assertThat(member.store().status()).containsEntry("appliedIndex", applied);
        assertThat(session.validUntilNanos() - Timekeeper.system().nanoTime()).isLessThan(TTL.toNanos());
    }

    @Test
    void closingEndsTheSessionAtTheStore() {
        await(session.commit(write(Write.create(N, Payload.empty(), CreateMode.EPHEMERAL), LIMIT)));
        await(session.closeAsync());
        Session other = session(connect(proxy.address()));
        View view = await(other.read(List.of(Query.get(N)), ReadLevel.LINEARIZABLE, deadline(LIMIT)))
                .get(0);
        assertThat(((View.OfNode) view).node()).isEmpty();
    }

    @Test
    void namespacesInsideOneAnotherShowTheSameNodes() {
        create();
        Backend root = await(new InMemoryBackendProvider()
                .connect(BackendConfig.of(
                        BackendUrl.parse("inmemory://" + proxy.address()), Timekeeper.system(), deadline(LIMIT))));
        backends.add(root);
        Session whole = session(root);
        View view = await(
                        whole.read(List.of(Query.get(NodePath.of("/app/n"))), ReadLevel.LINEARIZABLE, deadline(LIMIT)))
                .get(0);
        assertThat(((View.OfNode) view).node()).isPresent();
    }

    @Test
    void parametersAreCheckedBeforeAnythingIsSent() {
        assertThatThrownBy(() -> await(new InMemoryBackendProvider()
                        .connect(BackendConfig.of(
                                BackendUrl.parse("inmemory://" + proxy.address() + "/app?maxPayload=5"),
                                Timekeeper.system(),
                                deadline(LIMIT)))))
                .hasCauseInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxPayload is for stores inside this process");
    }

    @Test
    void operationIdsOfASessionAreItsOwn() {
        OpId one = session.newOpId();
        assertThat(session(connect(proxy.address())).newOpId().nonce()).isNotEqualTo(one.nonce());
    }
}
