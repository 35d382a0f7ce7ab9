package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** C1, C2, C3, C7, C8: what a commit does. */
final class CommitRules {
    private CommitRules() {}

    static Chapter chapter() {
        return new Chapter("Commits")
                .check(
                        "C1",
                        "the first guard that fails is named and nothing is written",
                        CommitRules::firstFailedGuard)
                .check("C1", "guards are judged before the writes", CommitRules::guardsBeforeWrites)
                .check("C1", "of simultaneous commits with one guard one is applied", CommitRules::compareAndSet)
                .check("C2", "two writes of one node are refused", CommitRules::onePerNode)
                .check("C2", "one write that cannot be done refuses all", CommitRules::oneRefusesAll)
                .check("C3", "readers see all writes or none", CommitRules::allOrNone)
                .check("C7", "the reads that follow see the writes", CommitRules::readsFollow)
                .check("C7", "after a refusal the reads show why", CommitRules::readsAfterRefusal)
                .check("C8", "created lists every create in order", CommitRules::createdInOrder);
    }

    private static Write create(String path, String data) {
        return Write.create(Lab.at(path), Lab.text(data), CreateMode.PERSISTENT);
    }

    private static Write put(String path, String data) {
        return Write.put(Lab.at(path), Lab.text(data));
    }

    private static void firstFailedGuard(Lab lab) {
        Client client = lab.client();
        client.create("/there", "");
        NodePath contender = client.contend("/q").path();
        Node node = client.get(contender).orElseThrow();
        long created = node.createdRevision().orElseThrow();
        Guard holds1 = Guard.present(Lab.at("/there"));
        Guard holds2 = Guard.absent(Lab.at("/none"));
        Guard holds3 = Guard.present(contender, created);
        Guard holds4 = Guard.versionIs(contender, node.version());
        List<Guard> failing = List.of(
                Guard.present(Lab.at("/none")),
                Guard.absent(Lab.at("/there")),
                Guard.present(contender, created + 1),
                Guard.versionIs(contender, node.version() + 1),
                Guard.versionIs(Lab.at("/none"), 0));
        client.create("/mark", "0");
        for (Guard guard : failing) {
            client.refused(marked(client, guard), 0);
            client.refused(marked(client, holds1, holds2, guard, holds3), 2);
            client.refused(marked(client, holds3, holds4, holds2, holds1, guard), 4);
            client.refused(marked(client, holds1, guard, failing.get(0)), 1);
            assertEquals("0", client.data("/mark"), "a refused commit wrote");
        }
        client.applied(marked(client, holds1, holds2, holds3, holds4));
        assertEquals("marked", client.data("/mark"));
    }

    private static Commit.Builder marked(Client client, Guard... guards) {
        Commit.Builder commit = client.commit().write(put("/mark", "marked"));
        for (Guard guard : guards) {
            commit.guard(guard);
        }
        return commit;
    }

    private static void guardsBeforeWrites(Lab lab) {
        Client client = lab.client();
        client.refused(client.commit().guard(Guard.present(Lab.at("/n"))).write(create("/n", "")), 0);
        client.assertAbsent("/n");
        client.applied(client.commit().guard(Guard.absent(Lab.at("/n"))).write(create("/n", "")));
        client.applied(client.commit().guard(Guard.present(Lab.at("/n"))).write(Write.delete(Lab.at("/n"))));
        client.create("/v", "");
        long version = client.get("/v").orElseThrow().version();
        client.applied(client.commit()
                .guard(Guard.versionIs(Lab.at("/v"), version))
                .guard(Guard.present(Lab.at("/v")))
                .write(Write.delete(Lab.at("/v"))));
        client.assertAbsent("/v");
        client.refused(
                client.commit()
                        .guard(Guard.absent(Lab.at("/n")))
                        .guard(Guard.present(Lab.at("/n")))
                        .write(create("/n", "")),
                1);
    }

    private static void compareAndSet(Lab lab) {
        List<Client> clients = List.of(lab.client(), lab.client(), lab.client());
        clients.get(0).create("/counter", "0");
        int applied = 0;
        for (int round = 0; round < 8; round++) {
            long version = clients.get(0).get("/counter").orElseThrow().version();
            List<CompletionStage<CommitResult>> running = new ArrayList<>();
            for (Client client : clients) {
                running.add(client.session()
                        .commit(client.commit()
                                .guard(Guard.versionIs(Lab.at("/counter"), version))
                                .write(put(
                                        "/counter",
                                        round + " of " + client.session().id()))
                                .build()));
            }
            for (CompletionStage<CommitResult> stage : running) {
                if (lab.await(stage, "commit") instanceof CommitResult.Applied) {
                    applied++;
                }
            }
            assertEquals(round + 1, applied, "commits applied after so many rounds");
        }
    }

    private static void onePerNode(Lab lab) {
        Client client = lab.client();
        List<Write> writes = List.of(create("/a", "1"), put("/a", "2"), Write.delete(Lab.at("/a")));
        for (Write one : writes) {
            for (Write other : writes) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> client.commit()
                                .write(one)
                                .write(create("/beside", ""))
                                .write(other)
                                .build());
            }
        }
        NodePath contender = client.contend("/q").path();
        client.write(
                Write.createSequential(contender.parent(), "lock-", Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL),
                Write.delete(contender));
        client.assertAbsent(contender.toString());
    }

    private static void oneRefusesAll(Lab lab) {
        Client client = lab.client();
        client.create("/there", "kept");
        client.create("/other", "kept");
        Guard guard = Guard.present(Lab.at("/there"));
        List<Write> impossible = List.of(create("/there", "x"), put("/none", "x"), Write.delete(Lab.at("/none")));
        for (Write write : impossible) {
            client.refused(client.commit().write(create("/first", "")).write(write), 1);
            client.refused(
                    client.commit()
                            .guard(guard)
                            .guard(guard)
                            .write(create("/first", ""))
                            .write(put("/other", "x"))
                            .write(write)
                            .write(create("/last", "")),
                    4);
            client.refused(
                    client.commit()
                            .write(create("/first", ""))
                            .write(Write.delete(Lab.at("/other")))
                            .write(write),
                    2);
        }
        client.assertAbsent("/first");
        client.assertAbsent("/last");
        assertEquals("kept", client.data("/there"), "a refused commit wrote");
        assertEquals("kept", client.data("/other"), "a refused commit wrote");
    }

    private static void allOrNone(Lab lab) {
        Client writer = lab.client();
        Client reader = lab.client();
        boolean snapshot = lab.capabilities().snapshotRead();
        writer.write(create("/a", "0"), create("/d/b", "0"));
        List<CompletionStage<?>> commits = new ArrayList<>();
        List<CompletionStage<List<View>>> reads = new ArrayList<>();
        for (int i = 1; i <= 25; i++) {
            String value = Integer.toString(i);
            Commit.Builder commit = writer.commit().write(put("/a", value)).write(put("/d/b", value));
            commits.add(writer.session().commit(commit.build()));
            reads.add(reader.session()
                    .read(
                            List.of(Query.get(Lab.at("/a")), Query.get(Lab.at("/d/b"))),
                            ReadLevel.OWN_WRITES,
                            lab.deadline()));
            if (i % 5 == 0) {
                commits.forEach(stage -> lab.await(stage, "commit"));
                int behind = number(reader.get("/a").orElseThrow());
                int after = number(reader.get("/d/b").orElseThrow());
                assertTrue(after >= behind, "/d/b was " + after + " after /a had been " + behind);
            }
        }
        for (CompletionStage<List<View>> stage : reads) {
            List<View> views = lab.await(stage, "read");
            int a = number(Client.node(views.get(0)).orElseThrow());
            int b = number(Client.node(views.get(1)).orElseThrow());
            assertFalse(snapshot && a != b, "one state with /a = " + a + " and /d/b = " + b);
        }
    }

    private static int number(Node node) {
        return Integer.parseInt(node.data().asUtf8());
    }

    private static void readsFollow(Lab lab) {
        Client client = lab.client();
        client.create("/old", "");
        CommitResult.Applied applied = client.applied(client.commit()
                .write(create("/d/a", "new"))
                .write(Write.delete(Lab.at("/old")))
                .write(Write.createSequential(Lab.at("/q"), "lock-", Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL))
                .then(Query.get(Lab.at("/d/a")))
                .then(Query.get(Lab.at("/old")))
                .then(Query.children(Lab.at("/d")))
                .then(Query.contenders(Lab.at("/q"), List.of("lock-")))
                .then(Query.subtree(Lab.at("/d"), 10)));
        List<View> then = applied.then();
        assertEquals(5, then.size(), "views");
        assertEquals("new", Client.node(then.get(0)).orElseThrow().data().asUtf8());
        assertTrue(Client.node(then.get(1)).isEmpty(), "/old was deleted by the commit");
        assertEquals(List.of(Lab.at("/d/a")), paths(then.get(2)));
        assertEquals(List.of(applied.created().get(1).path()), paths(then.get(3)));
        assertEquals(List.of(Lab.at("/d/a")), paths(then.get(4)));
    }

    private static List<NodePath> paths(View view) {
        return Client.nodes(view).nodes().stream().map(Node::path).toList();
    }

    private static void readsAfterRefusal(Lab lab) {
        Client client = lab.client();
        lab.client().create("/n", "why");
        CommitResult.Refused refused = client.refused(
                client.commit()
                        .guard(Guard.absent(Lab.at("/n")))
                        .write(create("/mark", ""))
                        .then(Query.get(Lab.at("/n")))
                        .then(Query.get(Lab.at("/mark"))),
                0);
        assertEquals(2, refused.then().size(), "views");
        assertEquals(
                "why", Client.node(refused.then().get(0)).orElseThrow().data().asUtf8());
        assertTrue(Client.node(refused.then().get(1)).isEmpty(), "nothing was written");
        CommitResult.Refused write =
                client.refused(client.commit().write(create("/n", "x")).then(Query.get(Lab.at("/n"))), 0);
        assertEquals(
                "why", Client.node(write.then().get(0)).orElseThrow().data().asUtf8());
    }

    private static void createdInOrder(Lab lab) {
        Client client = lab.client();
        client.create("/old", "");
        CommitResult.Applied applied = client.write(
                create("/z", "last by name"),
                put("/old", "x"),
                Write.createSequential(Lab.at("/q"), "lock-", Payload.empty(), CreateMode.PERSISTENT_SEQUENTIAL),
                create("/a", "first by name"),
                Write.createSequential(Lab.at("/b"), "read-", Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL));
        List<Node> created = applied.created();
        assertEquals(4, created.size(), "creates");
        assertEquals(Lab.at("/z"), created.get(0).path());
        assertEquals(Lab.at("/a"), created.get(2).path());
        for (int i : new int[] {1, 3}) {
            Node node = created.get(i);
            assertEquals(Lab.at(i == 1 ? "/q" : "/b"), node.path().parent());
            assertTrue(node.sequence().isPresent(), "a sequential node's number is told");
            assertEquals(applied.revision(), node.createdRevision());
            Node read = assertInstanceOf(Node.class, client.get(node.path()).orElse(null));
            assertEquals(read.sequence(), node.sequence(), "the number as created and as read");
        }
        assertEquals(List.of(), client.put("/old", "y").created(), "created by a put");
    }
}
