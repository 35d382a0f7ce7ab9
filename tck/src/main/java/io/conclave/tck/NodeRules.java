package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.Applied;
import io.conclave.spi.Capabilities.CreatedRevisionGuard;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.Write;
import java.util.List;
import java.util.OptionalLong;

/** N1 to N8: paths, directories, data, versions. */
final class NodeRules {
    private NodeRules() {}

    static Chapter chapter() {
        return new Chapter("Nodes")
                .check("N1", "paths are compared character by character", NodeRules::exactPaths)
                .check("N2", "unusual names work", NodeRules::unusualNames)
                .check("N2", "long names and deep paths work", NodeRules::longPaths)
                .check("N2", "the reserved directory is not listed", NodeRules::reservedIsHidden)
                .check("N3", "a node needs no parent", NodeRules::noParentNeeded)
                .check("N3", "an implicit directory reads as absent", NodeRules::directoryReadsAbsent)
                .check("N3", "put and delete of an implicit directory are refused", NodeRules::directoryRefuses)
                .check("N3", "creating turns an implicit directory into a node", NodeRules::directoryBecomesNode)
                .check("N3", "the directory of contenders reads as absent", NodeRules::contendersDirectoryReadsAbsent)
                .check("N4", "all bytes come back", NodeRules::exactBytes)
                .check("N4", "a node without data is present", NodeRules::emptyData)
                .check("N5", "the children of a deleted node stay", NodeRules::childrenStay)
                .check("N5", "a deleted node with children can be made again", NodeRules::deletedParentReturns)
                .check("N6", "put of an absent node is refused", NodeRules::putNeedsNode)
                .check("N6", "delete of an absent node is refused", NodeRules::deleteNeedsNode)
                .check("N6", "only the owner puts to an ephemeral node", NodeRules::foreignPut)
                .check("N6", "anybody deletes an ephemeral node", NodeRules::foreignDelete)
                .check(
                        "N7",
                        "the created revision of a contender is its commit's for everybody",
                        NodeRules::createdRevision)
                .check("N7", "the created revision of a named node is its commit's", NodeRules::createdRevisionNamed)
                .check("N7", "the owner of an ephemeral node is told", NodeRules::owner)
                .check("N8", "the version grows with each put", NodeRules::versionGrows)
                .check("N8", "a guard on a version holds until the next put", NodeRules::versionGuard)
                .check("N12", "a put moves the modified revision, for every reader", NodeRules::modifiedByPut)
                .check("N12", "a node made again with the same version shows another", NodeRules::modifiedByRemaking);
    }

    private static void exactPaths(Lab lab) {
        Client client = lab.client();
        List<String> lookalikes =
                List.of("/a", "/A", "/caf\u00e9", "/cafe\u0301", "/x y", "/x+y", "/x%20y", "/a.b", "/a_b");
        lookalikes.forEach(path -> client.create(path, path));
        for (String path : lookalikes) {
            assertEquals(path, client.data(path));
        }
        client.delete("/A");
        client.assertPresent("/a");
    }

    private static void unusualNames(Lab lab) {
        Client client = lab.client();
        Client reader = lab.client();
        List<String> names = List.of(
                "...",
                ".hidden",
                "~",
                "*",
                "[x]",
                "{y}",
                "a\\b",
                "#",
                "?q=1&r",
                "\"quoted\"",
                "'",
                ":",
                "-1",
                "0",
                "\u65e5\u672c\u8a9e",
                "\u0639\u0631\u0628\u064a",
                "\u2603",
                "null",
                "zookeeper",
                "%2F",
                " ",
                "\ufeff");
        for (String name : names) {
            client.create("/dir/" + name, name);
        }
        for (String name : names) {
            assertEquals(name, reader.data("/dir/" + name));
        }
        List<NodePath> expected =
                names.stream().map(name -> Lab.at("/dir/" + name)).sorted().toList();
        assertEquals(expected, reader.paths(Query.children(Lab.at("/dir"))), "children, sorted");
    }

    private static void longPaths(Lab lab) {
        Client client = lab.client();
        String longest = "x".repeat(NodePath.MAX_SEGMENT_BYTES);
        client.create("/" + longest, "long");
        assertEquals("long", client.data("/" + longest));
        String wide = "\u20ac".repeat(NodePath.MAX_SEGMENT_BYTES / 3);
        client.create("/w/" + wide, "wide");
        assertEquals("wide", client.data("/w/" + wide));
        // the namespace's own directory may count towards the longest path
        String deep = ("/" + "d".repeat(99)).repeat(40);
        client.create(deep, "deep");
        assertEquals("deep", client.data(deep));
    }

    private static void reservedIsHidden(Lab lab) {
        Client client = lab.client();
        client.contend("/locks");
        client.create("/a", "");
        client.put("/a", "more");
        List<NodePath> listed = lab.client().paths(Query.children(NodePath.root()));
        assertEquals(List.of(Lab.at("/a"), Lab.at("/locks")), listed, "everything at the root");
    }

    private static void noParentNeeded(Lab lab) {
        Client client = lab.client();
        client.create("/d/e/f", "leaf");
        assertEquals("leaf", client.data("/d/e/f"));
        assertEquals(List.of(Lab.at("/d/e")), client.paths(Query.children(Lab.at("/d"))), "children of /d");
    }

    private static void directoryReadsAbsent(Lab lab) {
        Client client = lab.client();
        client.create("/d/e/f", "");
        client.create("/mark", "");
        for (String directory : List.of("/d", "/d/e")) {
            client.assertAbsent(directory);
            client.refused(mark(client).guard(Guard.present(Lab.at(directory))), 0);
            client.applied(mark(client).guard(Guard.absent(Lab.at(directory))));
        }
    }

    private static Commit.Builder mark(Client client) {
        return client.commit().write(Write.put(Lab.at("/mark"), Lab.text("x")));
    }

    private static void directoryRefuses(Lab lab) {
        Client client = lab.client();
        client.create("/d/f", "");
        client.refused(client.commit().write(Write.put(Lab.at("/d"), Lab.text("x"))), 0);
        client.refused(client.commit().write(Write.delete(Lab.at("/d"))), 0);
        client.assertAbsent("/d");
        client.assertPresent("/d/f");
    }

    private static void directoryBecomesNode(Lab lab) {
        Client client = lab.client();
        client.create("/d/f", "");
        client.create("/d", "now a node");
        assertEquals("now a node", client.data("/d"));
        client.assertPresent("/d/f");
        client.refused(create(client, "/d", CreateMode.PERSISTENT), 0);
        client.put("/d", "again");
        assertEquals("again", client.data("/d"));
    }

    private static Commit.Builder create(Client client, String path, CreateMode mode) {
        return client.commit().write(Write.create(Lab.at(path), Payload.empty(), mode));
    }

    private static void contendersDirectoryReadsAbsent(Lab lab) {
        Client client = lab.client();
        client.contend("/locks/a");
        client.create("/mark", "");
        client.assertAbsent("/locks/a");
        client.refused(mark(client).guard(Guard.present(Lab.at("/locks/a"))), 0);
        client.applied(mark(client).guard(Guard.absent(Lab.at("/locks/a"))));
        client.refused(client.commit().write(Write.put(Lab.at("/locks/a"), Lab.text("x"))), 0);
    }

    private static void exactBytes(Lab lab) {
        Client client = lab.client();
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        client.write(Write.create(Lab.at("/all"), Payload.of(bytes), CreateMode.PERSISTENT));
        assertArrayEquals(bytes, lab.client().get("/all").orElseThrow().data().toByteArray());
    }

    private static void emptyData(Lab lab) {
        Client client = lab.client();
        Client reader = lab.client();
        client.create("/dir/empty", "");
        client.create("/emptied", "something");
        client.put("/emptied", "");
        for (String path : List.of("/dir/empty", "/emptied")) {
            Node node = reader.get(path).orElseThrow(() -> new AssertionError(path + " without data reads as absent"));
            assertEquals(Payload.empty(), node.data());
        }
        client.create("/mark", "");
        client.applied(mark(client).guard(Guard.present(Lab.at("/dir/empty"))));
        client.put("/dir/empty", "later");
        assertEquals("later", reader.data("/dir/empty"));
    }

    private static void childrenStay(Lab lab) {
        Client client = lab.client();
        client.create("/p", "parent");
        client.create("/p/c", "child");
        client.create("/p/c/g", "grandchild");
        client.delete("/p");
        client.assertAbsent("/p");
        assertEquals("child", client.data("/p/c"));
        client.refused(client.commit().write(Write.delete(Lab.at("/p"))), 0);
        client.delete("/p/c");
        assertEquals("grandchild", client.data("/p/c/g"));
    }

    private static void deletedParentReturns(Lab lab) {
        Client client = lab.client();
        client.create("/p", "old");
        client.create("/p/c", "child");
        client.delete("/p");
        client.create("/p", "new");
        assertEquals("new", client.data("/p"));
        assertEquals("child", client.data("/p/c"));
    }

    private static void putNeedsNode(Lab lab) {
        Client client = lab.client();
        client.refused(client.commit().write(Write.put(Lab.at("/none"), Lab.text("x"))), 0);
        client.assertAbsent("/none");
    }

    private static void deleteNeedsNode(Lab lab) {
        Client client = lab.client();
        client.refused(client.commit().write(Write.delete(Lab.at("/none"))), 0);
        client.create("/once", "");
        client.delete("/once");
        client.refused(client.commit().write(Write.delete(Lab.at("/once"))), 0);
    }

    private static void foreignPut(Lab lab) {
        Client owner = lab.client();
        Client other = lab.client();
        owner.create("/e", "mine", CreateMode.EPHEMERAL);
        NodePath contender = owner.contend("/q").path();
        for (NodePath path : List.of(Lab.at("/e"), contender)) {
            Commit.Builder foreign = other.commit()
                    .write(Write.create(Lab.at("/beside"), Payload.empty(), CreateMode.PERSISTENT))
                    .write(Write.put(path, Lab.text("theirs")));
            InvalidRequestException refused = lab.failure(
                    InvalidRequestException.class,
                    other.session().commit(foreign.build()),
                    "put to another's ephemeral node");
            assertEquals(Applied.NO, refused.applied());
            owner.write(Write.put(path, Lab.text("by the owner")));
            assertEquals("by the owner", other.data(path.toString()));
        }
        other.assertAbsent("/beside");
    }

    private static void foreignDelete(Lab lab) {
        Client owner = lab.client();
        Client other = lab.client();
        owner.ephemeral("/e");
        NodePath contender = owner.contend("/q").path();
        other.delete("/e");
        other.delete(contender);
        owner.assertAbsent("/e");
        assertEquals(List.of(), owner.contenders("/q", "lock-"));
    }

    private static void createdRevision(Lab lab) {
        Client maker = lab.client();
        for (CreateMode mode : List.of(CreateMode.EPHEMERAL_SEQUENTIAL, CreateMode.PERSISTENT_SEQUENTIAL)) {
            CommitResult.Applied applied =
                    maker.write(Write.createSequential(Lab.at("/q-" + mode), "lock-", Payload.empty(), mode));
            Node made = applied.created().get(0);
            assertEquals(applied.revision(), made.createdRevision(), "revision of the commit and of its node");
            assertTrue(made.createdRevision().isPresent(), "a sequential node's created revision is told");
            maker.write(Write.put(made.path(), Lab.text("changed")));
            for (Client reader : List.of(maker, lab.client())) {
                Node read = reader.get(made.path()).orElseThrow();
                assertEquals(made.createdRevision(), read.createdRevision(), "created revision as read by get");
            }
        }
    }

    private static void createdRevisionNamed(Lab lab) {
        Client maker = lab.client();
        boolean all = lab.capabilities().createdRevisionGuard() == CreatedRevisionGuard.ALL;
        for (CreateMode mode : List.of(CreateMode.EPHEMERAL, CreateMode.PERSISTENT)) {
            NodePath path = Lab.at("/named-" + mode);
            CommitResult.Applied applied = maker.write(Write.create(path, Payload.empty(), mode));
            maker.write(Write.put(path, Lab.text("changed")));
            OptionalLong read = lab.client().get(path).orElseThrow().createdRevision();
            if (all || mode.isEphemeral() || read.isPresent()) {
                assertEquals(applied.revision(), read, "created revision of a node that is " + mode);
            }
        }
    }

    private static void owner(Lab lab) {
        Client maker = lab.client();
        maker.ephemeral("/e");
        maker.create("/p", "");
        NodePath contender = maker.contend("/q").path();
        Client reader = lab.client();
        String id = maker.session().id();
        assertEquals(id, reader.get("/e").orElseThrow().owner());
        assertEquals(id, reader.get(contender).orElseThrow().owner());
        assertEquals("", reader.get("/p").orElseThrow().owner(), "the owner of a persistent node");
    }

    private static void versionGrows(Lab lab) {
        Client client = lab.client();
        client.create("/v", "same");
        long before = client.get("/v").orElseThrow().version();
        assertFalse(before < 0, "version " + before + " of an existing node");
        for (int i = 0; i < 3; i++) {
            client.put("/v", "same");
            long after = client.get("/v").orElseThrow().version();
            assertTrue(after > before, "version " + before + " became " + after + " by a put");
            before = after;
        }
    }

    private static void modifiedByPut(Lab lab) {
        Client client = lab.client();
        client.create("/m/named", "same");
        client.create("/m/ephemeral", "same", CreateMode.EPHEMERAL);
        NodePath contender = client.contend("/q").path();
        for (String path : List.of("/m/named", "/m/ephemeral", contender.toString())) {
            long made = modified(client, path);
            CommitResult.Applied put = client.write(Write.put(Lab.at(path), Lab.text("same")));
            long after = modified(client, path);
            assertTrue(after > made, "modified revision " + made + " became " + after + " by a put");
            put.revision().ifPresent(revision -> assertEquals(revision, after, "revision of the commit that put"));
            assertEquals(after, modified(lab.client(), path), "modified revision as another reads it");
        }
        for (Node node : client.list(Query.subtree(Lab.at("/m"), 10))) {
            assertEquals(
                    modified(client, node.path().toString()),
                    node.modifiedRevision().orElse(0),
                    "in a subtree");
        }
    }

    private static void modifiedByRemaking(Lab lab) {
        Client client = lab.client();
        client.create("/m", "same");
        client.create("/m/below", "");
        long first = modified(client, "/m");
        client.delete("/m");
        client.create("/m", "same");
        long second = modified(client, "/m");
        assertTrue(second > first, "modified revision " + first + " became " + second + " by making the node again");
    }

    private static long modified(Client client, String path) {
        Node node = client.get(path).orElseThrow();
        assertTrue(node.modifiedRevision().isPresent(), "the modified revision of " + node);
        return node.modifiedRevision().getAsLong();
    }

    private static void versionGuard(Lab lab) {
        Client client = lab.client();
        client.create("/v", "0");
        client.create("/mark", "");
        long version = client.get("/v").orElseThrow().version();
        client.applied(mark(client).guard(Guard.versionIs(Lab.at("/v"), version)));
        client.put("/v", "0");
        client.refused(mark(client).guard(Guard.versionIs(Lab.at("/v"), version)), 0);
    }
}
