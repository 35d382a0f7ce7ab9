package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.View;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** R1 to R5: what reads show. */
final class ReadRules {
    private static final List<String> LOCK = List.of("lock-");

    private ReadRules() {}

    static Chapter chapter() {
        return new Chapter("Reads")
                .check("R1", "a linearizable read includes others' acknowledged commits", ReadRules::linearizable)
                .check("R2", "a session reads its own writes", ReadRules::ownWrites)
                .check("R2", "reads of one session never go back", ReadRules::neverBack)
                .check("R3", "views come in the order of the queries", ReadRules::viewsInOrder)
                .check("R3", "listings hold data if asked and none else", ReadRules::withAndWithoutData)
                .check("R3", "the limit cuts from the end and more says so", ReadRules::limits)
                .check("R3", "before the own create the limit keeps the nearest", ReadRules::limitBeforeOwn)
                .check("R3", "children are sorted by name, directories included", ReadRules::childrenSorted)
                .check("R4", "a subtree is all nodes below in the order of their paths", ReadRules::subtree)
                .check("R4", "pages of a subtree neither overlap nor leave out", ReadRules::pages)
                .check("R4", "a page goes on after a path that is gone", ReadRules::pageAfterGone)
                .check("R4", "a subtree ends at its depth", ReadRules::depth)
                .check("R4", "the subtree of the root hides the reserved directory", ReadRules::subtreeOfRoot)
                .check("R5", "listings do not see a directory's namesake", ReadRules::namesakes)
                .check("R5", "watches do not see a directory's namesake", ReadRules::namesakeWatches)
                .check("R5", "no namespace sees another", ReadRules::namespaces);
    }

    private static void linearizable(Lab lab) {
        Client one = lab.client();
        Client other = lab.client();
        one.create("/n", "-1");
        for (int i = 0; i < 40; i++) {
            Client writer = i % 2 == 0 ? one : other;
            Client reader = i % 2 == 0 ? other : one;
            writer.put("/n", Integer.toString(i));
            assertEquals(Integer.toString(i), reader.data("/n"), "read after its put was acknowledged");
        }
    }

    private static String own(Client client) {
        return client.get(Lab.at("/n"), ReadLevel.OWN_WRITES)
                .orElseThrow(() -> new AssertionError("/n is absent"))
                .data()
                .asUtf8();
    }

    private static void ownWrites(Lab lab) {
        Client client = lab.client();
        client.create("/n", "-1");
        for (int i = 0; i < 20; i++) {
            client.put("/n", Integer.toString(i));
            assertEquals(Integer.toString(i), own(client), "read of the own put");
        }
    }

    private static void neverBack(Lab lab) {
        Client writer = lab.client();
        Client reader = lab.client();
        writer.create("/n", "0");
        reader.get("/n");
        int before = 0;
        for (int i = 1; i <= 30; i++) {
            CompletionStage<CommitResult> running = writer.session()
                    .commit(writer.commit()
                            .write(Write.put(Lab.at("/n"), Lab.text("" + i)))
                            .build());
            int read = Integer.parseInt(i % 5 == 0 ? reader.data("/n") : own(reader));
            assertTrue(read >= before, read + " read after " + before);
            before = read;
            lab.await(running, "commit");
        }
    }

    private static void viewsInOrder(Lab lab) {
        Client client = lab.client();
        client.create("/a", "A");
        client.create("/d/b", "B");
        List<View> views = client.read(
                ReadLevel.OWN_WRITES,
                Query.subtree(Lab.at("/d"), 5),
                Query.get(Lab.at("/none")),
                Query.get(Lab.at("/d/b")),
                Query.children(Lab.at("/none")),
                Query.get(Lab.at("/a")));
        assertEquals(5, views.size(), "views");
        assertEquals(1, Client.nodes(views.get(0)).nodes().size());
        assertTrue(Client.node(views.get(1)).isEmpty());
        assertEquals("B", Client.node(views.get(2)).orElseThrow().data().asUtf8());
        assertEquals(new View.OfNodes(List.of(), false), views.get(3));
        assertEquals("A", Client.node(views.get(4)).orElseThrow().data().asUtf8());
        assertEquals(List.of(), client.read(ReadLevel.OWN_WRITES), "the answer to no query");
    }

    private static void withAndWithoutData(Lab lab) {
        Client client = lab.client();
        client.write(
                Write.createSequential(Lab.at("/q"), "lock-", Lab.text("contents"), CreateMode.EPHEMERAL_SEQUENTIAL));
        client.create("/q/named", "contents");
        for (Query bare : List.of(Query.contenders(Lab.at("/q"), LOCK), Query.children(Lab.at("/q")))) {
            for (Node node : client.list(bare)) {
                assertEquals(Node.UNKNOWN_VERSION, node.version(), "version in a listing without data");
                assertEquals(Payload.empty(), node.data(), "data in a listing without data");
            }
        }
        Query full = new Query.Children(Lab.at("/q"), LOCK, Query.Bound.ALL, 10, true);
        Node contender = client.list(full).get(0);
        assertEquals(client.get(contender.path()).orElseThrow(), contender, "listed with data and read by get");
        assertEquals("contents", contender.data().asUtf8());
        List<Node> all = client.list(new Query.Children(Lab.at("/q"), List.of(), Query.Bound.ALL, 10, true));
        for (Node node : all) {
            assertEquals("contents", node.data().asUtf8());
            assertTrue(node.version() >= 0, "version in a listing with data");
        }
    }

    private static View.OfNodes listing(Client client, Query query) {
        return Client.nodes(client.read(ReadLevel.LINEARIZABLE, query).get(0));
    }

    private static List<NodePath> paths(View view) {
        return Client.nodes(view).nodes().stream().map(Node::path).toList();
    }

    private static void limits(Lab lab) {
        Client client = lab.client();
        List<NodePath> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            all.add(client.contend("/q").path());
        }
        List<NodePath> sorted = all.stream().sorted().toList();
        for (int limit = 1; limit <= 5; limit++) {
            int kept = Math.min(limit, 4);
            View.OfNodes ordered =
                    listing(client, new Query.Children(Lab.at("/q"), LOCK, Query.Bound.ALL, limit, false));
            assertEquals(all.subList(0, kept), paths(ordered), "contenders, limit " + limit);
            assertEquals(limit < 4, ordered.more(), "more contenders than limit " + limit);
            View.OfNodes plain =
                    listing(client, new Query.Children(Lab.at("/q"), List.of(), Query.Bound.ALL, limit, false));
            assertEquals(sorted.subList(0, kept), paths(plain), "children, limit " + limit);
            assertEquals(limit < 4, plain.more(), "more children than limit " + limit);
            View.OfNodes below = listing(client, Query.subtree(Lab.at("/q"), limit));
            assertEquals(sorted.subList(0, kept), paths(below), "subtree, limit " + limit);
            assertEquals(limit < 4, below.more(), "more nodes than limit " + limit);
        }
    }

    private static void limitBeforeOwn(Lab lab) {
        Client client = lab.client();
        List<NodePath> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            all.add(client.contend("/q").path());
        }
        for (int limit : new int[] {1, 2, 10}) {
            Write own = Write.createSequential(Lab.at("/q"), "lock-", Payload.empty(), CreateMode.EPHEMERAL_SEQUENTIAL);
            CommitResult.Applied applied = client.applied(client.commit()
                    .write(own)
                    .then(new Query.Children(Lab.at("/q"), LOCK, Query.Bound.BEFORE_OWN_CREATE, limit, false)));
            View view = applied.then().get(0);
            int kept = Math.min(limit, all.size());
            assertEquals(all.subList(all.size() - kept, all.size()), paths(view), "the nearest " + limit);
            assertEquals(limit < all.size(), Client.nodes(view).more(), "more than " + limit + " before the own");
            all.add(applied.created().get(0).path());
        }
    }

    private static void childrenSorted(Lab lab) {
        Client client = lab.client();
        for (String name : List.of("b", "a-z", "c/below", "a", "Z", "a/below")) {
            client.create("/d/" + name, "");
        }
        List<NodePath> expected =
                List.of(Lab.at("/d/Z"), Lab.at("/d/a"), Lab.at("/d/a-z"), Lab.at("/d/b"), Lab.at("/d/c"));
        assertEquals(expected, client.paths(Query.children(Lab.at("/d"))));
        assertEquals(List.of(), client.paths(Query.children(Lab.at("/d/b"))), "children of a leaf");
    }

    /** Nodes below /d, in the order of their paths as text. */
    private static List<NodePath> makeTree(Client client) {
        List<String> names =
                List.of("/d/a", "/d/a-b", "/d/a/c", "/d/a/c/d", "/d/a0", "/d/b/deep/leaf", "/d/c", "/d/\u00e9");
        List<String> mixed = new ArrayList<>(names);
        Collections.reverse(mixed);
        mixed.forEach(name -> client.create(name, name));
        client.create("/d", "itself");
        return names.stream().map(NodePath::of).toList();
    }

    private static void subtree(Lab lab) {
        Client client = lab.client();
        List<NodePath> expected = makeTree(client);
        List<Node> nodes = client.list(Query.subtree(Lab.at("/d"), 100));
        assertEquals(expected, nodes.stream().map(Node::path).toList());
        for (Node node : nodes) {
            assertEquals(node.path().toString(), node.data().asUtf8(), "data in a subtree");
            assertTrue(node.version() >= 0, "version in a subtree");
        }
    }

    private static void pages(Lab lab) {
        Client client = lab.client();
        List<NodePath> expected = makeTree(client);
        for (int size = 1; size <= expected.size(); size++) {
            List<NodePath> read = new ArrayList<>();
            boolean more = true;
            while (more) {
                NodePath after = read.isEmpty() ? null : read.get(read.size() - 1);
                View.OfNodes page = listing(client, new Query.Subtree(Lab.at("/d"), size, after));
                assertTrue(
                        page.nodes().size() <= size, "a page of " + page.nodes().size());
                read.addAll(paths(page));
                more = page.more() && read.size() <= expected.size();
            }
            assertEquals(expected, read, "pages of " + size);
        }
    }

    private static void depth(Lab lab) {
        Client client = lab.client();
        List<NodePath> all = makeTree(client);
        for (int depth = 1; depth <= 3; depth++) {
            int most = depth;
            List<NodePath> expected = all.stream()
                    .filter(path -> path.levelsBelow(Lab.at("/d")) <= most)
                    .toList();
            List<NodePath> read = new ArrayList<>();
            boolean more = true;
            while (more) {
                NodePath after = read.isEmpty() ? null : read.get(read.size() - 1);
                View.OfNodes page = listing(client, Query.subtree(Lab.at("/d"), 2, after, depth));
                read.addAll(paths(page));
                more = page.more() && read.size() <= expected.size();
            }
            assertEquals(expected, read, "a subtree of depth " + depth);
        }
    }

    private static void pageAfterGone(Lab lab) {
        Client client = lab.client();
        List<NodePath> expected = makeTree(client);
        client.delete(expected.get(3));
        List<NodePath> rest = paths(listing(client, new Query.Subtree(Lab.at("/d"), 100, expected.get(3))));
        assertEquals(expected.subList(4, expected.size()), rest);
    }

    private static void subtreeOfRoot(Lab lab) {
        Client client = lab.client();
        client.create("/a/b", "");
        client.create("/c", "");
        client.put("/c", "more");
        NodePath contender = client.contend("/q").path();
        List<NodePath> all = List.of(Lab.at("/a/b"), Lab.at("/c"), contender);
        assertEquals(all, client.paths(Query.subtree(NodePath.root(), 100)));
        assertEquals(all, lab.client().paths(Query.subtree(NodePath.root(), 100)));
    }

    private static void namesakes(Lab lab) {
        Client client = lab.client();
        client.create("/app/a", "");
        client.create("/app2/b", "");
        client.create("/app-3", "");
        NodePath mine = client.contend("/app").path();
        client.contend("/app2");
        assertEquals(List.of(mine), client.contenders("/app", "lock-"));
        List<NodePath> below = List.of(mine, Lab.at("/app/a")).stream().sorted().toList();
        assertEquals(below, client.paths(Query.children(Lab.at("/app"))));
        assertEquals(below, client.paths(Query.subtree(Lab.at("/app"), 100)));
    }

    private static void namesakeWatches(Lab lab) {
        Client client = lab.client();
        List<WatchLog> logs = List.of(
                client.watch(WatchSpec.subtree(Lab.at("/app"))),
                client.watch(WatchSpec.children(Lab.at("/app"))),
                client.watch(WatchSpec.node(Lab.at("/app"))));
        client.create("/app2", "");
        client.create("/app2/a", "");
        client.create("/app-b", "");
        client.delete("/app2");
        client.create("/app", "");
        client.create("/app/a", "");
        for (WatchLog log : logs) {
            lab.until(() -> log.size() > 0, "an event of /app");
            for (WatchLog.Call call : log.calls()) {
                NodePath path = call.path();
                assertTrue(path == null || path.startsWith(Lab.at("/app")), "an event of " + path);
            }
        }
    }

    private static void namespaces(Lab lab) {
        Client one = lab.client();
        Client longer = lab.client(lab.connect(lab.namespace() + "2"));
        WatchLog log = one.watch(WatchSpec.subtree(NodePath.root()));
        longer.create("/theirs", "");
        longer.contend("/q");
        one.create("/mine", "");
        lab.until(() -> log.size() > 0, "an event of the own namespace");
        for (WatchLog.Call call : log.calls()) {
            assertTrue(call.path() == null || Lab.at("/mine").equals(call.path()), "an event of " + call.path());
        }
        List<NodePath> seen = one.paths(Query.children(NodePath.root()));
        assertTrue(seen.contains(Lab.at("/mine")), "the own node among " + seen);
        assertFalse(seen.contains(Lab.at("/theirs")) || seen.contains(Lab.at("/q")), "the other namespace in " + seen);
        assertEquals(List.of(), one.contenders("/q", "lock-"));
        assertFalse(longer.paths(Query.children(NodePath.root())).contains(Lab.at("/mine")), "seen by the namesake");
    }
}
