package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.Applied;
import io.conclave.spi.Backend;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.SessionState;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;

/** S4, S7, S8, S9: how sessions end. */
final class SessionEndRules {
    private static final int EPHEMERALS = 8;

    private SessionEndRules() {}

    static Chapter chapter() {
        return new Chapter("Ends of sessions")
                .check(
                        "S4",
                        "a reader who hears of one lost node sees none of them",
                        SessionEndRules::goneTogetherForReaders)
                .check("S4", "no commit finds some gone and some there", SessionEndRules::goneTogetherForGuards)
                .check("S4", "they do not come back", SessionEndRules::goneForEver)
                .check("S7", "closing completes when the ephemeral nodes are gone", SessionEndRules::closeRemovesNodes)
                .check("S7", "operations after closing fail", SessionEndRules::closedOperationsFail)
                .check("S7", "running operations complete when closing", SessionEndRules::runningOperationsComplete)
                .check("S7", "closing the backend closes its sessions", SessionEndRules::closingBackend)
                .check(
                        "S8",
                        "operations of a lost session fail and were not applied",
                        SessionEndRules::lostOperationsFail)
                .check(
                        "S8",
                        "what was applied before the loss is not denied",
                        SessionEndRules::appliedBeforeLossIsUnknown)
                .check("S9", "closing a session leaves its sibling alone", SessionEndRules::siblingsSurviveClose)
                .check("S9", "expiry of a session leaves its sibling alone", SessionEndRules::siblingsSurviveExpiry);
    }

    private static void makeEphemerals(Client client) {
        for (int i = 0; i < EPHEMERALS; i++) {
            client.ephemeral("/e" + i % 3 + "/n" + i);
        }
    }

    private static List<Query> allEphemerals() {
        List<Query> gets = new ArrayList<>();
        for (int i = 0; i < EPHEMERALS; i++) {
            gets.add(Query.get(ephemeral(i)));
        }
        return gets;
    }

    private static NodePath ephemeral(int i) {
        return NodePath.of("/e" + i % 3 + "/n" + i);
    }

    private static long present(List<View> views) {
        return views.stream().filter(view -> Client.node(view).isPresent()).count();
    }

    private static void goneTogetherForReaders(Lab lab) {
        Client ending = lab.client();
        Client reader = lab.client();
        makeEphemerals(ending);
        List<CompletionStage<List<View>>> reads = new CopyOnWriteArrayList<>();
        List<WatchLog> logs = new ArrayList<>();
        for (int i = 0; i < EPHEMERALS; i++) {
            logs.add(reader.watch(
                    WatchSpec.gone(ephemeral(i), 0),
                    call -> reads.add(reader.session().read(allEphemerals(), ReadLevel.OWN_WRITES, lab.deadline()))));
        }
        lab.expire(ending);
        lab.until(() -> logs.stream().allMatch(log -> log.size() > 0), "the end of every ephemeral node being told");
        for (CompletionStage<List<View>> read : reads) {
            assertEquals(0, present(lab.await(read, "read")), "nodes there after another one's end was told");
        }
    }

    private static void goneTogetherForGuards(Lab lab) {
        Client ending = lab.client();
        Client prober = lab.client();
        makeEphemerals(ending);
        prober.create("/mark", "");
        lab.expire(ending);
        boolean gone = false;
        for (int i = 0; i < 500 && !gone; i++) {
            NodePath one = ephemeral(i % EPHEMERALS);
            NodePath other = ephemeral((i + 3) % EPHEMERALS);
            Commit.Builder probe = prober.commit()
                    .guard(Guard.present(one))
                    .guard(Guard.absent(other))
                    .write(Write.put(Lab.at("/mark"), Lab.text("half")));
            CommitResult result = prober.send(probe);
            assertInstanceOf(CommitResult.Refused.class, result, one + " there and " + other + " gone at one revision");
            gone = i % 4 == 3 && prober.get(one).isEmpty();
        }
        lab.until(() -> prober.get(ephemeral(0)).isEmpty(), "the nodes of an expired session being gone");
    }

    private static void goneForEver(Lab lab) {
        Client ending = lab.client();
        Client reader = lab.client();
        makeEphemerals(ending);
        lab.expire(ending);
        lab.until(() -> reader.get(ephemeral(0)).isEmpty(), "the nodes of an expired session being gone");
        lab.until(() -> ending.states().has(SessionState.LOST), "LOST");
        lab.pass(lab.ttl());
        assertEquals(
                0, present(reader.read(ReadLevel.LINEARIZABLE, allEphemerals().toArray(Query[]::new))));
    }

    private static void closeRemovesNodes(Lab lab) {
        Client closing = lab.client();
        Client reader = lab.client();
        makeEphemerals(closing);
        closing.create("/stays", "here");
        lab.await(closing.session().closeAsync(), "closeAsync");
        assertEquals(
                0, present(reader.read(ReadLevel.LINEARIZABLE, allEphemerals().toArray(Query[]::new))));
        assertEquals("here", reader.data("/stays"));
    }

    private static void closedOperationsFail(Lab lab) {
        Client client = lab.client();
        Commit late = client.commit().write(create("/late")).build();
        lab.await(client.session().closeAsync(), "closeAsync");
        lab.failure(BackendClosedException.class, client.session().commit(late), "commit after close");
        lab.failure(
                BackendClosedException.class,
                client.session().read(List.of(Query.get(Lab.at("/x"))), ReadLevel.OWN_WRITES, lab.deadline()),
                "read after close");
        lab.failure(
                BackendClosedException.class,
                client.session().withdraw(late.opId(), lab.deadline()),
                "withdraw after close");
        WatchLog log = client.startWatch(WatchSpec.node(Lab.at("/x")), call -> {});
        lab.failure(BackendClosedException.class, log.watch().active(), "activation of a watch after close");
        lab.client().assertAbsent("/late");
    }

    private static Write create(String path) {
        return Write.create(Lab.at(path), Payload.empty(), CreateMode.PERSISTENT);
    }

    private static void runningOperationsComplete(Lab lab) {
        Client client = lab.client();
        List<CompletionStage<?>> running = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            running.add(client.session()
                    .commit(client.commit().write(create("/n" + i)).build()));
            running.add(client.session()
                    .read(List.of(Query.get(Lab.at("/n" + i))), ReadLevel.LINEARIZABLE, lab.deadline()));
            running.add(client.startWatch(WatchSpec.node(Lab.at("/n" + i)), call -> {})
                    .watch()
                    .active());
        }
        lab.await(client.session().closeAsync(), "closeAsync");
        for (CompletionStage<?> stage : running) {
            lab.await(stage.handle((value, failure) -> true), "an operation that ran when the session was closed");
        }
    }

    private static void closingBackend(Lab lab) {
        Client client = lab.client();
        Client reader = lab.client();
        client.ephemeral("/mine");
        lab.await(client.backend().closeAsync(), "closeAsync of the backend");
        lab.await(client.backend().closeAsync(), "a second closeAsync of the backend");
        reader.assertAbsent("/mine");
        assertEquals(SessionState.CLOSED, client.session().state());
    }

    private static void lostOperationsFail(Lab lab) {
        Client client = lab.client();
        Client reader = lab.client();
        lab.expire(client);
        lab.until(() -> client.session().state() == SessionState.LOST, "LOST");
        SessionLostException commit = lab.failure(
                SessionLostException.class,
                client.session().commit(client.commit().write(create("/late")).build()),
                "commit of a lost session");
        assertEquals(Applied.NO, commit.applied(), "a commit that was not sent");
        lab.failure(
                SessionLostException.class,
                client.session().read(List.of(Query.get(Lab.at("/x"))), ReadLevel.OWN_WRITES, lab.deadline()),
                "read of a lost session");
        WatchLog log = client.startWatch(WatchSpec.node(Lab.at("/x")), call -> {});
        lab.failure(SessionLostException.class, log.watch().active(), "activation of a watch of a lost session");
        reader.assertAbsent("/late");
    }

    private static void appliedBeforeLossIsUnknown(Lab lab) {
        Client client = lab.client();
        Client reader = lab.client();
        Commit commit = client.commitWithin(lab.ttl().dividedBy(2))
                .write(create("/made"))
                .build();
        lab.dropReply(client);
        Optional<CommitResult> answered = client.sendInDoubt(commit);
        lab.need(answered.isEmpty(), "the backend under test found the lost reply's outcome out by itself");
        lab.expire(client);
        lab.until(() -> client.session().state() == SessionState.LOST, "LOST");
        SessionLostException lost = lab.failure(
                SessionLostException.class,
                client.session().commit(commit.withDeadline(lab.deadline())),
                "the same commit again, the session lost");
        reader.assertPresent("/made");
        assertEquals(Applied.UNKNOWN, lost.applied(), "what a persistent write that is there may be called");
    }

    private static void siblingsSurviveClose(Lab lab) {
        Backend backend = lab.connect();
        Client ending = lab.client(backend);
        Client sibling = lab.client(backend);
        assertNotEquals(ending.session().id(), sibling.session().id());
        siblings(lab, ending, sibling, () -> lab.await(ending.session().closeAsync(), "closeAsync"));
    }

    private static void siblingsSurviveExpiry(Lab lab) {
        Backend backend = lab.connect();
        Client ending = lab.client(backend);
        Client sibling = lab.client(backend);
        siblings(lab, ending, sibling, () -> lab.expire(ending));
    }

    private static void siblings(Lab lab, Client ending, Client sibling, Runnable end) {
        Client reader = lab.client();
        ending.ephemeral("/d/a");
        sibling.ephemeral("/d/b");
        WatchLog log = sibling.watch(WatchSpec.children(Lab.at("/d")));
        end.run();
        lab.until(() -> reader.get("/d/a").isEmpty(), "the end of the other session's node");
        lab.pass(lab.ttl().multipliedBy(2));
        reader.assertPresent("/d/b");
        assertEquals(SessionState.ACTIVE, sibling.session().state());
        assertEquals(List.of(), sibling.states().changes(), "states that the sibling reported");
        assertTrue(log.size() > 0, "the sibling's watch works on");
        assertFalse(log.ended(), "the sibling's watch goes on");
    }
}
