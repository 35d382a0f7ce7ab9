package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** O1 to O8: revisions and the order of contenders. */
final class OrderRules {
    private OrderRules() {}

    static Chapter chapter() {
        return new Chapter("Order")
                .check("O1", "revisions increase over clients and kinds of write", OrderRules::revisionsIncrease)
                .check("O1", "revisions of commits in flight together differ", OrderRules::revisionsDiffer)
                .check("O2", "a listing is in the order of creation", OrderRules::listedInOrder)
                .check("O2", "the first and those before the own are found", OrderRules::bounds)
                .check("O2", "all readers agree on the order of simultaneous contenders", OrderRules::readersAgree)
                .check("O3", "two sequential creates in one directory are refused", OrderRules::onePerDirectory)
                .check("O3", "two sequential creates in two directories are one commit", OrderRules::twoDirectories)
                .check("O4", "sameOrderAs stands beside its model", OrderRules::sameOrder)
                .check("O4", "sameOrderAs a node that is gone is refused", OrderRules::sameOrderAsGone)
                .check("O5", "the order goes on after the directory was empty", OrderRules::afterEmpty)
                .check("O5", "the order survives the wrap of the number", OrderRules::wrap)
                .check("O6", "what is called after a completion is applied after it", OrderRules::sequentialCalls)
                .check("O7", "names hold the operation id and differ", OrderRules::names)
                .check("O7", "recurring names come again only after their session's delete", OrderRules::recurringNames)
                .check("O7", "a created revision tells a node from a later one of its name", OrderRules::laterNodes)
                .check("O7", "the end of a node is told though its name came again", OrderRules::endsOfEarlierNodes)
                .check("O8", "other names are listed and do not contend", OrderRules::strangers)
                .check("O8", "a tag finds those whose tag ends with it", OrderRules::tagsByTheirEnd);
    }

    private static long revision(CommitResult.Applied applied) {
        return applied.revision().orElseThrow(() -> new AssertionError("a create tells its revision"));
    }

    private static Write create(String path) {
        return Write.create(Lab.at(path), Payload.empty(), CreateMode.PERSISTENT);
    }

    private static Write sequential(String directory) {
        return Write.createSequential(Lab.at(directory), "lock-", Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL);
    }

    private static void revisionsIncrease(Lab lab) {
        List<Client> clients = List.of(lab.client(), lab.client(), lab.client());
        long before = 0;
        for (int i = 0; i < 12; i++) {
            Client client = clients.get(i % 3);
            List<CommitResult.Applied> commits = List.of(
                    client.write(create("/a" + i)),
                    client.put("/a" + i, "x"),
                    clients.get((i + 1) % 3).write(sequential("/q")),
                    clients.get((i + 2) % 3).delete("/a" + i));
            for (CommitResult.Applied applied : commits) {
                if (applied.revision().isPresent()) {
                    long revision = applied.revision().getAsLong();
                    assertTrue(revision > before, "revision " + revision + " after " + before);
                    before = revision;
                }
            }
            assertTrue(commits.get(0).revision().isPresent(), "a create tells its revision");
        }
    }

    private static void revisionsDiffer(Lab lab) {
        List<Client> clients = List.of(lab.client(), lab.client(), lab.client());
        List<CompletionStage<CommitResult>> running = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Client client = clients.get(i % 3);
            running.add(client.session()
                    .commit(client.commit().write(create("/n" + i)).build()));
        }
        Set<Long> revisions = new HashSet<>();
        for (CompletionStage<CommitResult> stage : running) {
            long revision = revision(assertInstanceOf(CommitResult.Applied.class, lab.await(stage, "commit")));
            assertTrue(revision > 0, "revision " + revision + " is not positive");
            assertTrue(revisions.add(revision), "revision " + revision + " belongs to two commits");
        }
    }

    private static void listedInOrder(Lab lab) {
        List<Client> clients = List.of(lab.client(), lab.client(), lab.client());
        List<NodePath> locks = new ArrayList<>();
        List<NodePath> both = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            Client client = clients.get(i % 3);
            boolean lock = i % 4 != 3;
            NodePath path = client.contend("/q", lock ? "lock-" : "__READ__").path();
            both.add(path);
            if (lock) {
                locks.add(path);
            }
        }
        for (Client reader : clients) {
            assertEquals(locks, reader.contenders("/q", "lock-"), "contenders by one tag");
            assertEquals(both, reader.contenders("/q", "lock-", "__READ__"), "contenders by two tags");
        }
        clients.get(0).delete(both.get(4));
        both.remove(4);
        assertEquals(both, clients.get(1).contenders("/q", "lock-", "__READ__"), "contenders after one is gone");
        Query withData = new Query.Children(
                Lab.at("/q"), List.of("lock-", "__READ__"), Query.Bound.ALL, Integer.MAX_VALUE, true);
        assertEquals(both, clients.get(1).paths(withData), "contenders listed with data");
    }

    private static void bounds(Lab lab) {
        List<Client> clients = List.of(lab.client(), lab.client(), lab.client());
        List<NodePath> before = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            Client client = clients.get(i % 3);
            Query.Children ahead = new Query.Children(
                    Lab.at("/q"), List.of("lock-"), Query.Bound.BEFORE_OWN_CREATE, Integer.MAX_VALUE, false);
            CommitResult.Applied applied =
                    client.applied(client.commit().write(sequential("/q")).then(ahead));
            List<NodePath> listed = Client.nodes(applied.then().get(0)).nodes().stream()
                    .map(Node::path)
                    .toList();
            assertEquals(before, listed, "contenders before the own one");
            before.add(applied.created().get(0).path());
        }
        Query first = new Query.Children(Lab.at("/q"), List.of("lock-"), Query.Bound.FIRST, Integer.MAX_VALUE, false);
        assertEquals(before.subList(0, 1), clients.get(2).paths(first), "the first contender");
    }

    private static void readersAgree(Lab lab) {
        List<Client> clients = List.of(lab.client(), lab.client(), lab.client());
        List<CompletionStage<CommitResult>> running = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            Client client = clients.get(i % 3);
            running.add(client.session()
                    .commit(client.commit().write(sequential("/q")).build()));
        }
        List<Node> made = new ArrayList<>();
        for (CompletionStage<CommitResult> stage : running) {
            made.addAll(assertInstanceOf(CommitResult.Applied.class, lab.await(stage, "commit"))
                    .created());
        }
        List<NodePath> byRevision = made.stream()
                .sorted((a, b) -> Long.compare(
                        a.createdRevision().orElseThrow(), b.createdRevision().orElseThrow()))
                .map(Node::path)
                .toList();
        for (Client reader : clients) {
            assertEquals(byRevision, reader.contenders("/q", "lock-"), "contenders as this reader lists them");
        }
    }

    private static void onePerDirectory(Lab lab) {
        Client client = lab.client();
        Commit.Builder twice = client.commit().write(sequential("/q")).write(sequential("/q"));
        assertThrows(IllegalArgumentException.class, twice::build);
    }

    private static void twoDirectories(Lab lab) {
        Client client = lab.client();
        CommitResult.Applied applied = client.write(sequential("/q"), sequential("/r"));
        assertEquals(2, applied.created().size(), "nodes created");
        Node one = applied.created().get(0);
        Node two = applied.created().get(1);
        assertEquals(one.createdRevision(), two.createdRevision(), "created revisions of one commit");
        assertEquals(applied.revision(), one.createdRevision());
        assertEquals(List.of(one.path()), client.contenders("/q", "lock-"));
        assertEquals(List.of(two.path()), client.contenders("/r", "lock-"));
    }

    private static Node sameAs(Client client, NodePath model) {
        Write write = new Write.CreateSequential(
                model.parent(), "read-", Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL, model);
        return client.write(write).created().get(0);
    }

    private static void sameOrder(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        NodePath first = client.contend("/q").path();
        NodePath model = other.contend("/q").path();
        NodePath last = client.contend("/q").path();
        Node same = sameAs(other, model);
        List<NodePath> listed = client.contenders("/q", "lock-", "read-");
        assertEquals(List.of(first, model, same.path(), last), listed, "contenders in order");
        NodePath after = client.contend("/q").path();
        assertEquals(after, client.contenders("/q", "lock-", "read-").get(4), "who comes later");
        client.delete(model);
        assertEquals(List.of(first, same.path(), last, after), client.contenders("/q", "lock-", "read-"));
    }

    private static void tagsByTheirEnd(Lab lab) {
        Client client = lab.client();
        Write longer =
                Write.createSequential(Lab.at("/q"), "2of4-lock-", Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL);
        NodePath weighted =
                client.applied(client.commit().write(longer)).created().get(0).path();
        NodePath plain = client.contend("/q").path();
        client.contend("/q", "lock-x");
        assertEquals(List.of(weighted, plain), client.contenders("/q", "lock-"), "by the end of the tag");
        assertEquals(List.of(weighted), client.contenders("/q", "2of4-lock-"), "by the whole tag");
    }

    private static void sameOrderAsGone(Lab lab) {
        Client client = lab.client();
        NodePath model = client.contend("/q").path();
        client.contend("/q");
        client.delete(model);
        Write same = new Write.CreateSequential(
                model.parent(), "read-", Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL, model);
        client.refused(client.commit().write(create("/beside")).write(same), 1);
        client.assertAbsent("/beside");
        assertEquals(1, client.contenders("/q", "lock-", "read-").size(), "contenders after the refusal");
    }

    private static void afterEmpty(Lab lab) {
        List<Client> clients = List.of(lab.client(), lab.client());
        for (int life = 0; life < 3; life++) {
            List<NodePath> expected = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                expected.add(clients.get(i % 2).contend("/q").path());
            }
            assertEquals(expected, clients.get(0).contenders("/q", "lock-"), "contenders of life " + life);
            expected.forEach(clients.get(1)::delete);
        }
    }

    private static void wrap(Lab lab) {
        List<Client> clients = List.of(lab.client(), lab.client());
        clients.get(0).contend("/q");
        lab.setNextSequence(Lab.at("/q"), Integer.MAX_VALUE - 3);
        List<NodePath> expected = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            expected.add(clients.get(i % 2).contend("/q").path());
        }
        List<NodePath> listed = clients.get(0).contenders("/q", "lock-");
        assertEquals(expected, listed.subList(listed.size() - 8, listed.size()), "contenders around the wrap");
    }

    private static void sequentialCalls(Lab lab) {
        Client client = lab.client();
        client.create("/n", "-1");
        for (int i = 0; i < 20; i++) {
            client.put("/n", "first " + i);
            client.put("/n", "second " + i);
            assertEquals("second " + i, client.data("/n"));
        }
        CompletionStage<CommitResult> chained = client.session()
                .commit(client.commit().write(create("/chain")).build())
                .thenCompose(done -> client.session()
                        .commit(client.commit()
                                .write(Write.put(Lab.at("/chain"), Lab.text("second")))
                                .build()));
        assertInstanceOf(CommitResult.Applied.class, lab.await(chained, "a commit called in a completion"));
        assertEquals("second", client.data("/chain"));
    }

    private static void names(Lab lab) {
        Client client = lab.client();
        Set<NodePath> names = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            OpId opId = client.session().newOpId();
            CommitResult.Applied applied = client.applied(
                    Commit.builder(opId, lab.deadline()).write(sequential("/q")).write(sequential("/r")));
            for (Node node : applied.created()) {
                assertTrue(node.name().contains(opId.toUuidText()), node.name() + " holds " + opId);
                assertTrue(names.add(node.path()), node.path() + " came again");
                client.delete(node.path());
            }
        }
        assertNotEquals(client.session().newOpId(), lab.client().session().newOpId());
    }

    private static Node contendAgain(Client client) {
        return client.write(Write.createRecurring(Lab.at("/q"), "lock-", Payload.empty()))
                .created()
                .get(0);
    }

    private static void recurringNames(Lab lab) {
        Client client = lab.client();
        Client other = lab.client();
        String mark = client.session().newOpId().toUuidText().substring(0, 18); // the session's half of an id
        Set<NodePath> names = new HashSet<>();
        for (int i = 0; i < 6; i++) {
            Node node = contendAgain(client);
            assertTrue(node.name().contains(mark), node.name() + " holds " + mark);
            assertTrue(names.add(node.path()), node.path() + " came again, and its session has not deleted it");
            if (i % 2 == 0) {
                other.delete(node.path());
            }
        }
    }

    /** Whoever names a node by path and created revision means no later one, whether or not names come again. */
    private static void laterNodes(Lab lab) {
        Client client = lab.client();
        for (int i = 0; i < 3; i++) {
            Node first = contendAgain(client);
            client.delete(first.path());
            Node second = contendAgain(client);
            CommitResult late = client.send(client.commit()
                    .guard(Guard.present(first.path(), first.createdRevision().orElseThrow()))
                    .write(Write.delete(first.path())));
            assertTrue(late instanceof CommitResult.Refused, "a delete that is bound to the first one: " + late);
            assertEquals(List.of(second.path()), client.contenders("/q", "lock-"), "contenders");
            client.delete(second.path());
        }
    }

    /** Who waits for the end of a node hears it also if a later one of its name is there when the watch begins. */
    private static void endsOfEarlierNodes(Lab lab) {
        Client client = lab.client();
        Node first = contendAgain(client);
        client.delete(first.path());
        contendAgain(client);
        Client watcher = lab.client();
        WatchLog gone = watcher.watch(
                WatchSpec.gone(first.path(), first.createdRevision().orElseThrow()));
        watcher.assertTold(gone, 0, WatchSpec.Kind.DELETED, first.path().toString());
    }

    private static void strangers(Lab lab) {
        Client client = lab.client();
        NodePath first = client.contend("/q").path();
        List<String> strangers = List.of("readme", "lock-", "lock-x", "0000000001", "lock-12x", "a-lock-x7");
        strangers.forEach(name -> client.create("/q/" + name, name));
        client.contend("/q", "read-");
        NodePath second = client.contend("/q").path();
        assertEquals(List.of(first, second), client.contenders("/q", "lock-"), "contenders");
        List<NodePath> all = client.paths(Query.children(Lab.at("/q")));
        strangers.forEach(name -> assertTrue(all.contains(Lab.at("/q/" + name)), name + " is listed without tags"));
        assertEquals(strangers.size() + 3, all.size(), "children");
    }
}
