package io.conclave.backend.zookeeper;

import static io.conclave.backend.zookeeper.Fixture.applied;
import static io.conclave.backend.zookeeper.Fixture.await;
import static io.conclave.backend.zookeeper.Fixture.children;
import static io.conclave.backend.zookeeper.Fixture.commit;
import static io.conclave.backend.zookeeper.Fixture.contender;
import static io.conclave.backend.zookeeper.Fixture.data;
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

import io.conclave.spi.Backend;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.PayloadTooLargeException;
import io.conclave.spi.Query;
import io.conclave.spi.Session;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CommitTest {
    private static TestServer server;
    private static int count;

    private Backend backend;
    private Session session;

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
        backend = Fixture.backend("zookeeper://127.0.0.1:" + server.port() + "/commit/" + ++count);
        session = Fixture.session(backend);
    }

    @AfterEach
    void close() {
        await(backend.closeAsync());
    }

    @Test
    void aContenderAndWhatIsAheadOfItTakeTwoRequests() {
        Node first = applied(commit(session, contender("/locks/a"))).created().get(0);
        long before = server.packets();
        CommitResult.Applied result = applied(await(session.commit(Commit.builder(session.newOpId(), soon())
                .write(contender("/locks/a"))
                .then(new Query.Children(path("/locks/a"), List.of("lock-"), Query.Bound.BEFORE_OWN_CREATE, 1, false))
                .build())));
        assertThat(server.packets() - before).isLessThanOrEqualTo(3); // one may be a ping
        View.OfNodes ahead = (View.OfNodes) result.then().get(0);
        assertThat(ahead.nodes()).extracting(Node::path).containsExactly(first.path());
        Node mine = result.created().get(0);
        assertThat(mine.sequence().getAsLong()).isEqualTo(1);
        assertThat(mine.createdRevision()).isEqualTo(result.revision());
        assertThat(node(session, mine.path().toString()).orElseThrow().createdRevision())
                .isEqualTo(mine.createdRevision());
        assertThat(refusedAt(commit(
                        session,
                        List.of(Guard.present(
                                mine.path(), mine.createdRevision().getAsLong() + 1)),
                        make("/x", "1"))))
                .isZero();
        before = server.packets();
        applied(commit(session, Write.delete(mine.path())));
        assertThat(server.packets() - before).isLessThanOrEqualTo(2);
    }

    @Test
    void theFirstContenderOnANewPathTakesAtMostSixRequests() {
        long before = server.packets();
        applied(await(session.commit(Commit.builder(session.newOpId(), soon())
                .write(contender("/one/two/three"))
                .then(Query.contenders(path("/one/two/three"), List.of("lock-")))
                .build())));
        assertThat(server.packets() - before).isLessThanOrEqualTo(6);
    }

    @Test
    void anImplicitDirectoryReadsAsAbsentAndBecomesANode() {
        applied(commit(session, make("/dir/node", "x")));
        assertThat(node(session, "/dir")).isEmpty();
        assertThat(refusedAt(commit(session, List.of(Guard.present(path("/dir"))), make("/y", "1"))))
                .isZero();
        assertThat(refusedAt(commit(session, put("/dir", "1")))).isZero();
        assertThat(refusedAt(commit(session, delete("/dir")))).isZero();
        applied(commit(session, List.of(Guard.absent(path("/dir"))), make("/dir", "")));
        assertThat(node(session, "/dir").orElseThrow().data().isEmpty()).isTrue();
        assertThat(refusedAt(commit(session, List.of(Guard.absent(path("/dir"))), make("/y", "1"))))
                .isZero();
        applied(commit(session, delete("/dir")));
        assertThat(node(session, "/dir")).isEmpty();
        assertThat(node(session, "/dir/node")).isPresent();
    }

    @Test
    void theFirstConditionThatFailsIsTold() {
        applied(commit(session, make("/a", "1"), make("/b", "1")));
        assertThat(refusedAt(commit(
                        session,
                        List.of(Guard.present(path("/a")), Guard.absent(path("/b")), Guard.present(path("/none"))),
                        put("/a", "2"))))
                .isEqualTo(1);
        assertThat(refusedAt(commit(session, put("/a", "2"), make("/b", "2")))).isEqualTo(1);
        assertThat(refusedAt(commit(session, put("/a", "2"), delete("/none")))).isEqualTo(1);
        assertThat(node(session, "/a").orElseThrow().data().asUtf8()).isEqualTo("1");
    }

    @Test
    void writesOfOneCommitSeeEachOther() {
        applied(commit(session, make("/a", "1"), make("/a/b", "2")));
        assertThat(node(session, "/a").orElseThrow().data().asUtf8()).isEqualTo("1");
        applied(commit(session, delete("/a/b"), delete("/a"), make("/a/c/d", "5")));
        assertThat(node(session, "/a")).isEmpty();
        assertThat(node(session, "/a/c/d").orElseThrow().data().asUtf8()).isEqualTo("5");
    }

    @Test
    void aVersionThatWasSeenServesAGuardAndADeletionOfOneCommit() {
        applied(commit(session, make("/a", "1"), make("/a/b", "1")));
        applied(commit(session, List.of(Guard.versionIs(path("/a"), 0)), delete("/a")));
        assertThat(node(session, "/a")).isEmpty();
        Node kept = applied(commit(
                        session,
                        Write.createSequential(path("/s"), "item-", data("1"), CreateMode.PERSISTENT_SEQUENTIAL)))
                .created()
                .get(0);
        long revision = kept.createdRevision().getAsLong();
        assertThat(node(session, kept.path().toString())).isPresent();
        applied(commit(
                session,
                List.of(Guard.versionIs(kept.path(), 0), Guard.present(kept.path(), revision)),
                make("/c", "1")));
        assertThat(refusedAt(commit(
                        session,
                        List.of(Guard.versionIs(kept.path(), 0), Guard.present(kept.path(), revision + 1)),
                        make("/d", "1"))))
                .isEqualTo(1);
    }

    @Test
    void theLongestPathWorksBelowANamespace() {
        String longest = ("/" + "x".repeat(255)).repeat(16);
        assertThat(longest).hasSize(NodePath.MAX_PATH_BYTES);
        applied(commit(session, make(longest, "1")));
        assertThat(node(session, longest)).isPresent();
        assertThat(failureOf(session.commit(Commit.builder(session.newOpId(), soon())
                        .write(contender(longest))
                        .build())))
                .isInstanceOf(InvalidRequestException.class);
    }

    @Test
    void anotherSessionsEphemeralNodeTakesNoPutAndHasNoChildren() {
        Session other = Fixture.session(backend);
        applied(commit(other, Write.create(path("/e"), data("1"), CreateMode.EPHEMERAL)));
        assertThat(failureOf(session.commit(Commit.builder(session.newOpId(), soon())
                        .write(put("/e", "2"))
                        .build())))
                .isInstanceOf(InvalidRequestException.class);
        assertThat(failureOf(session.commit(Commit.builder(session.newOpId(), soon())
                        .write(make("/e/child", "2"))
                        .build())))
                .isInstanceOf(InvalidRequestException.class);
        assertThat(failureOf(session.commit(Commit.builder(session.newOpId(), soon())
                        .write(make("/e/x/y", "2"))
                        .build())))
                .isInstanceOf(InvalidRequestException.class);
        applied(commit(session, List.of(Guard.absent(path("/e/x/y"))), make("/f", "1")));
        applied(commit(other, put("/e", "")));
        assertThat(node(session, "/e").orElseThrow().data().isEmpty()).isTrue();
        applied(commit(session, delete("/e")));
        assertThat(node(session, "/e")).isEmpty();
    }

    @Test
    void aNodeSharesThePlaceOfAnother() {
        Node writer = applied(commit(
                        session,
                        Write.createSequential(path("/rw"), "__WRIT__", data(""), CreateMode.EPHEMERAL_SEQUENTIAL)))
                .created()
                .get(0);
        applied(commit(session, contender("/rw")));
        Write.CreateSequential same = new Write.CreateSequential(
                path("/rw"), "__READ__", data(""), CreateMode.EPHEMERAL_SEQUENTIAL, writer.path());
        Node reader = applied(commit(session, same)).created().get(0);
        assertThat(reader.sequence()).isEqualTo(writer.sequence());
        assertThat(nodes(session, Query.contenders(path("/rw"), List.of("__READ__", "__WRIT__", "lock-"))))
                .extracting(Node::path)
                .startsWith(writer.path(), reader.path());
        applied(commit(session, Write.delete(writer.path())));
        assertThat(refusedAt(commit(session, same))).isZero();
    }

    @Test
    void aContainerTakesNoValue() {
        applied(commit(session, contender("/queue")));
        assertThat(failureOf(session.commit(Commit.builder(session.newOpId(), soon())
                        .write(make("/queue", "2"))
                        .build())))
                .isInstanceOf(InvalidRequestException.class);
        assertThat(children(session, "/")).containsExactly("queue");
    }

    @Test
    void everyPayloadIsKept() {
        for (byte[] bytes : List.of(
                new byte[0], new byte[] {(byte) 0xC0}, new byte[] {(byte) 0xC0, (byte) 0xC1}, new byte[] {0, 1, 2})) {
            NodePath at = path("/payload");
            applied(commit(session, Write.create(at, Payload.of(bytes), CreateMode.PERSISTENT)));
            assertThat(node(session, "/payload").orElseThrow().data()).isEqualTo(Payload.of(bytes));
            applied(commit(session, Write.put(at, Payload.of(bytes))));
            assertThat(node(session, "/payload").orElseThrow().data()).isEqualTo(Payload.of(bytes));
            applied(commit(session, Write.delete(at)));
        }
    }

    @Test
    void theLargestPayloadFitsAndOneByteMoreDoesNot() {
        int most = backend.capabilities().maxPayloadBytes();
        applied(commit(session, Write.create(path("/big"), Payload.of(new byte[most]), CreateMode.PERSISTENT)));
        assertThat(node(session, "/big").orElseThrow().data().size()).isEqualTo(most);
        assertThat(failureOf(session.commit(Commit.builder(session.newOpId(), soon())
                        .write(Write.put(path("/big"), Payload.of(new byte[most + 1])))
                        .build())))
                .isInstanceOf(PayloadTooLargeException.class);
    }

    @Test
    void aCommitOfTheMostOperationsFits() {
        Commit.Builder builder = Commit.builder(session.newOpId(), soon());
        int most = backend.capabilities().maxOperations();
        int each = (backend.capabilities().maxCommitBytes() - most * 16) / most;
        for (int i = 0; i < most; i++) {
            builder.write(Write.create(path("/many/" + i), Payload.of(new byte[each]), CreateMode.PERSISTENT));
        }
        applied(await(session.commit(builder.build())));
        assertThat(children(session, "/many")).hasSize(most);
    }

    @Test
    void manyCommitsInFlightAllSucceed() {
        List<java.util.concurrent.CompletionStage<CommitResult>> stages = new java.util.ArrayList<>();
        for (int i = 0; i < 500; i++) {
            stages.add(session.commit(Commit.builder(session.newOpId(), soon())
                    .write(contender("/crowd"))
                    .build()));
        }
        stages.forEach(stage -> applied(await(stage)));
        assertThat(nodes(session, Query.contenders(path("/crowd"), List.of("lock-"))))
                .hasSize(500);
    }

    @Test
    void aSubtreeIsPagedInTheOrderOfItsPaths() {
        applied(commit(
                session,
                make("/t/a", "1"),
                make("/t/a-b", "2"),
                make("/t/a/b", "3"),
                make("/t/a/b/c", "4"),
                make("/t/d/e", "5")));
        View.OfNodes first = (View.OfNodes) Fixture.read(session, Query.subtree(path("/t"), 2));
        assertThat(first.nodes()).extracting(Node::path).containsExactly(path("/t/a"), path("/t/a-b"));
        assertThat(first.more()).isTrue();
        View.OfNodes second = (View.OfNodes) Fixture.read(session, new Query.Subtree(path("/t"), 10, path("/t/a-b")));
        assertThat(second.nodes())
                .extracting(Node::path)
                .containsExactly(path("/t/a/b"), path("/t/a/b/c"), path("/t/d/e"));
        assertThat(second.more()).isFalse();
        assertThat(nodes(session, Query.subtree(path("/"), 100))).hasSize(5);
    }

    @Test
    void aGuardThatNothingIsThereLeavesNothingBehind() {
        applied(commit(
                session,
                List.of(Guard.absent(path("/x/y/z")), Guard.absent(path("/x/y")), Guard.absent(path("/x/v/w"))),
                make("/a", "1")));
        assertThat(refusedAt(commit(
                        session, List.of(Guard.absent(path("/p/q")), Guard.present(path("/none"))), make("/b", "1"))))
                .isEqualTo(1);
        assertThat(children(session, "/")).containsExactly("a");
        applied(commit(session, List.of(Guard.absent(path("/n/m/l"))), make("/n/m/l", "1"), make("/n/k", "1")));
        applied(commit(session, List.of(Guard.absent(path("/n/o/p"))), make("/n/o", "1")));
        assertThat(children(session, "/n")).containsExactly("k", "m", "o");
        assertThat(children(session, "/n/o")).isEmpty();
    }

    @Test
    void whatAGuardHasCheckedIsDeletedInOneRequest() {
        applied(commit(session, make("/q/item", "x"), ephemeral("/q/claim")));
        List<Guard> guards = List.of(Guard.versionIs(path("/q/item"), 0), Guard.versionIs(path("/q/claim"), 0));
        long before = server.packets();
        applied(commit(session, guards, delete("/q/item"), delete("/q/claim")));
        assertThat(server.packets() - before).isLessThanOrEqualTo(2); // one may be a ping
        assertThat(node(session, "/q/item")).isEmpty();
        assertThat(node(session, "/q/claim")).isEmpty();
    }

    @Test
    void whatAGuardHasCheckedAndHasChildrenKeepsThemWhenItIsDeleted() {
        applied(commit(session, make("/q/item", "x")));
        applied(commit(session, make("/q/item/below", "y")));
        applied(commit(session, List.of(Guard.versionIs(path("/q/item"), 0)), delete("/q/item")));
        assertThat(node(session, "/q/item")).isEmpty();
        assertThat(node(session, "/q/item/below")).isPresent();
    }

    @Test
    void aGuardOnTheVersionOfAnOwnEphemeralNodeIsRefusedOnceItWasPutOrIsGone() {
        List<Guard> guards = List.of(Guard.versionIs(path("/q/claim"), 0));
        applied(commit(session, ephemeral("/q/claim")));
        applied(commit(session, put("/q/claim", "other")));
        assertThat(refusedAt(commit(session, guards, make("/q/x", "1")))).isZero();
        Session rival = Fixture.session(backend);
        applied(commit(rival, delete("/q/claim")));
        assertThat(refusedAt(commit(session, guards, make("/q/x", "1")))).isZero();
        await(rival.closeAsync());
    }

    private static Write ephemeral(String path) {
        return Write.create(path(path), Payload.empty(), CreateMode.EPHEMERAL);
    }
}
