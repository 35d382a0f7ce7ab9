package io.conclave.backend.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.backend.etcd.testing.EtcdServers;
import io.conclave.backend.etcd.testing.EtcdUnderTest;
import io.conclave.backend.etcd.testing.Fault;
import io.conclave.spi.Backend;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.View;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.Write;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A server goes through every name that was deleted since its history was compacted to list a directory: a session that makes and deletes contenders for ever must not use new names for ever. Rule O7 says
 * when a name may come again.
 */
@Timeout(60)
class NamesComeAgainTest {
    private static final String QUEUE = "/queue";

    private EtcdUnderTest etcd;
    private Backend backend;
    private Session session;

    @BeforeEach
    void start() {
        etcd = new EtcdUnderTest(EtcdServers.one());
        backend = Fixture.await(etcd.connect("names"));
        session = Fixture.session(backend);
    }

    @AfterEach
    void stop() {
        Fixture.await(backend.closeAsync());
        etcd.close();
    }

    private Node contend() {
        return Fixture.write(session, Fixture.recurring(QUEUE)).created().get(0);
    }

    private void delete(Session by, Node node) {
        Fixture.write(by, Write.delete(node.path()));
    }

    private List<NodePath> contenders() {
        View view = Fixture.await(session.read(
                        List.of(Query.contenders(NodePath.of(QUEUE), List.of("lock-"))),
                        ReadLevel.LINEARIZABLE,
                        Fixture.soon()))
                .get(0);
        return ((View.OfNodes) view).nodes().stream().map(Node::path).toList();
    }

    @Test
    void aSessionNeedsAsManyNamesAsItHasNodesAtOnce() {
        Set<NodePath> names = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            Node one = contend();
            Node two = contend();
            names.add(one.path());
            names.add(two.path());
            delete(session, i % 2 == 0 ? one : two);
            delete(session, i % 2 == 0 ? two : one);
        }
        assertThat(names).hasSize(2);
    }

    @Test
    void whatSomebodyElseRemovedDoesNotComeAgain() {
        Session other = Fixture.session(backend);
        Node evicted = contend();
        delete(other, evicted);

        assertThat(contend().path()).isNotEqualTo(evicted.path());
    }

    @Test
    void aWithdrawnCreateGivesItsNameBackAndTakesNobodyElsesNode() {
        Commit create =
                new Commit(session.newOpId(), List.of(), List.of(Fixture.recurring(QUEUE)), List.of(), Fixture.soon());
        etcd.proxies(backend).get(0).atNextCommit(Fault.LOSE_REPLY);
        Fixture.failureOf(session.commit(create.withDeadline(Fixture.TIME.nanoTime() + 300_000_000)));
        assertThat(Fixture.await(session.withdraw(create.opId(), Fixture.soon())))
                .isEqualTo(Withdrawal.UNDONE);
        assertThat(contenders()).isEmpty();

        Node next = contend();
        assertThat(Fixture.await(session.withdraw(create.opId(), Fixture.soon())))
                .isEqualTo(Withdrawal.UNDONE);
        assertThat(contenders()).containsExactly(next.path());
    }

    @Test
    void withdrawingWhatIsSettledSparesALaterNodeOfItsName() {
        Commit create =
                new Commit(session.newOpId(), List.of(), List.of(Fixture.recurring(QUEUE)), List.of(), Fixture.soon());
        Node first = ((CommitResult.Applied) Fixture.await(session.commit(create)))
                .created()
                .get(0);
        delete(session, first);
        Node second = contend();
        assertThat(second.path()).isEqualTo(first.path());

        Fixture.await(session.withdraw(create.opId(), Fixture.soon()));

        assertThat(contenders()).containsExactly(second.path());
    }
}
