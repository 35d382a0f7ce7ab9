package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.Commit;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which names, revisions and versions of the backend stand for which of the model. Versions are learnt from views: equal versions of one
 * node in the model must be equal in the backend, larger ones larger.
 */
final class Translation {
    private final Map<NodePath, NodePath> toReal = new HashMap<>();
    private final Map<NodePath, NodePath> toModel = new HashMap<>();
    private final Map<Long, Long> revisions = new HashMap<>();
    private final Map<String, NavigableMap<Long, Long>> versions = new HashMap<>();
    private final Set<String> sessions = new HashSet<>();
    private final Set<NodePath> everDirectories = new HashSet<>();

    void session(String id) {
        assertTrue(sessions.add(id), "session id " + id + " came again");
    }

    private NodePath real(NodePath path) {
        return toReal.getOrDefault(path, path);
    }

    /** A create was answered: what the model made is what the backend made. */
    void made(Node model, Node real) {
        boolean sequential = model.sequence().isPresent();
        assertEquals(sequential, real.sequence().isPresent(), "a number for " + real);
        if (sequential) {
            assertEquals(model.path().parent(), real.path().parent(), "directory of " + real);
            assertEquals(null, toModel.put(real.path(), model.path()), "name " + real.path() + " came again");
            toReal.put(model.path(), real.path());
            sameRevision(model.createdRevision(), real.createdRevision());
        } else {
            assertEquals(model.path(), real.path(), "path of a created node");
            if (real.createdRevision().isPresent()) {
                sameRevision(model.createdRevision(), real.createdRevision());
            }
        }
    }

    private void sameRevision(OptionalLong model, OptionalLong real) {
        assertTrue(real.isPresent(), "a revision must be told");
        Long before = revisions.putIfAbsent(model.getAsLong(), real.getAsLong());
        assertTrue(
                before == null || before == real.getAsLong(),
                "created revisions " + before + " and " + real.getAsLong() + " of one commit");
    }

    /** A directory may be made ahead for a write or a guard, and stay although nothing came of it. */
    private void mayLeaveDirectories(Commit commit) {
        commit.guards().forEach(guard -> everDirectories.addAll(guard.path().ancestors()));
        for (Write write : commit.writes()) {
            if (write instanceof Write.CreateNamed create) {
                everDirectories.addAll(create.path().ancestors());
            } else if (write instanceof Write.CreateSequential create) {
                everDirectories.addAll(create.directory().child("x").ancestors());
            }
        }
    }

    /** The commit in the backend's names and revisions. */
    Commit toBackend(Commit commit, Model model, Client reader) {
        mayLeaveDirectories(commit);
        List<Guard> guards = new ArrayList<>();
        for (Guard guard : commit.guards()) {
            guards.add(toBackend(guard, model, reader));
        }
        List<Write> writes = commit.writes().stream().map(this::toBackend).toList();
        List<Query> then = commit.then().stream().map(this::toBackend).toList();
        return new Commit(commit.opId(), guards, writes, then, commit.deadlineNanos());
    }

    private Guard toBackend(Guard guard, Model model, Client reader) {
        NodePath path = real(guard.path());
        if (guard instanceof Guard.Present present && present.createdRevision().isPresent()) {
            Item item = model.item(guard.path());
            long asked = present.createdRevision().getAsLong();
            long created = revisions.getOrDefault(item == null ? asked : item.created(), asked);
            return Guard.present(path, item != null && item.created() != asked ? created + 1 : created);
        }
        if (guard instanceof Guard.Present) {
            return Guard.present(path);
        }
        return guard instanceof Guard.VersionIs version ? version(version, path, model, reader) : Guard.absent(path);
    }

    /** A right version is the one that the backend tells now; a wrong one is another. */
    private static Guard version(Guard.VersionIs guard, NodePath path, Model model, Client reader) {
        Item item = model.item(guard.path());
        long told = reader.get(path).map(Node::version).orElse(0L);
        boolean right = item != null && item.version() == guard.version();
        return Guard.versionIs(path, right ? told : told + 1);
    }

    private Write toBackend(Write write) {
        if (write instanceof Write.Put put) {
            return Write.put(real(put.path()), put.data());
        }
        if (write instanceof Write.Delete delete) {
            return Write.delete(real(delete.path()));
        }
        if (write instanceof Write.CreateSequential create && create.sameOrderAs() != null) {
            NodePath beside = create.sameOrderAs();
            return new Write.CreateSequential(
                    create.directory(),
                    create.tag(),
                    create.data(),
                    create.mode(),
                    beside == null ? null : real(beside));
        }
        return write;
    }

    Query toBackend(Query query) {
        return query instanceof Query.Get get ? Query.get(real(get.path())) : query;
    }

    /** Fails unless the backend's answer is the model's, as far as the contract fixes it. */
    void assertSame(View view, View expected, Query query, Model model) {
        if (query instanceof Query.Get) {
            Optional<Node> real = Client.node(view);
            Optional<Node> wanted = Client.node(expected);
            assertEquals(wanted.isPresent(), real.isPresent(), "presence in the answer to " + query + ": " + real);
            real.ifPresent(node -> assertSameNode(node, wanted.orElseThrow()));
            return;
        }
        View.OfNodes real = Client.nodes(view);
        View.OfNodes wanted = Client.nodes(expected);
        if (query instanceof Query.Children children && !children.tags().isEmpty()) {
            assertContenders(real, wanted, children, model);
        } else {
            assertSorted(real, wanted, query);
        }
    }

    /** Nodes of one place may stand in either order (rule O4 leaves it open), and a limit may cut between them. */
    private void assertContenders(View.OfNodes real, View.OfNodes expected, Query.Children query, Model model) {
        String answer = " in the answer to " + query + ": " + real.nodes();
        assertEquals(
                places(paths(expected.nodes()), model), places(modelPaths(real.nodes()), model), "places" + answer);
        if (query.bound() != Query.Bound.FIRST) {
            assertEquals(expected.more(), real.more(), "more" + answer);
            Set<NodePath> listed = new TreeSet<>(modelPaths(real.nodes()));
            assertEquals(real.nodes().size(), listed.size(), "different nodes" + answer);
            assertTrue(real.more() || listed.equals(new TreeSet<>(paths(expected.nodes()))), "contenders" + answer);
        }
        for (Node node : real.nodes()) {
            Item item = model.item(modelPath(node.path()));
            assertTrue(item != null, node.path() + " is no contender" + answer);
            if (item != null) {
                assertSameNode(node, query.withData() ? item.toNode() : item.toListed());
            }
        }
    }

    private static List<Long> places(List<NodePath> paths, Model model) {
        List<Long> places = new ArrayList<>();
        for (NodePath path : paths) {
            Item item = model.item(path);
            places.add(item == null ? -1 : item.place());
        }
        return places;
    }

    /** Names differ, so the order by name does: compares as sets, but for what a limit may have cut. */
    private void assertSorted(View.OfNodes real, View.OfNodes model, Query query) {
        List<NodePath> listed = paths(real.nodes());
        assertEquals(listed.stream().sorted().distinct().toList(), listed, "order of the answer to " + query);
        if (model.more()) {
            assertTrue(real.more(), "more in the answer to " + query);
            assertEquals(model.nodes().size(), listed.size(), "nodes in the answer to " + query);
            return;
        }
        Map<NodePath, Node> byPath = new HashMap<>();
        for (Node node : real.nodes()) {
            byPath.put(modelPath(node.path()), node);
        }
        for (Node node : model.nodes()) {
            Node found = byPath.remove(node.path());
            assertTrue(found != null || real.more(), node.path() + " is missing in the answer to " + query);
            if (found != null) {
                assertSameNode(found, node);
            }
        }
        // a directory that has become empty may be listed for a while
        byPath.keySet().removeIf(path -> query instanceof Query.Children && everDirectories.contains(path));
        assertEquals(Set.of(), byPath.keySet(), "what should not be in the answer to " + query);
    }

    private void assertSameNode(Node real, Node model) {
        assertEquals(model.path(), modelPath(real.path()), "path");
        assertEquals(model.sequence().isPresent(), real.sequence().isPresent(), "a number for " + real);
        assertEquals(model.data(), real.data(), "data of " + real);
        if (model.version() == Node.UNKNOWN_VERSION) {
            assertEquals(Node.UNKNOWN_VERSION, real.version(), "version of " + real);
            return;
        }
        assertEquals(model.owner(), real.owner(), "owner of " + real);
        if (real.createdRevision().isPresent() || model.sequence().isPresent()) {
            sameRevision(model.createdRevision(), real.createdRevision());
        }
        sameRevision(model.modifiedRevision(), real.modifiedRevision());
        sameVersion(model, real.version());
    }

    private void sameVersion(Node model, long real) {
        assertTrue(real >= 0, "version " + real + " of " + model.path());
        String life = model.path() + " of " + model.createdRevision();
        NavigableMap<Long, Long> known = versions.computeIfAbsent(life, fresh -> new TreeMap<>());
        Long before = known.putIfAbsent(model.version(), real);
        assertTrue(before == null || before == real, "version " + real + " was " + before + " for " + life);
        Map.Entry<Long, Long> lower = known.lowerEntry(model.version());
        assertTrue(lower == null || lower.getValue() < real, "version " + real + " did not grow for " + life);
    }

    private NodePath modelPath(NodePath real) {
        return toModel.getOrDefault(real, real);
    }

    private List<NodePath> modelPaths(List<Node> nodes) {
        return nodes.stream().map(node -> modelPath(node.path())).toList();
    }

    private static List<NodePath> paths(List<Node> nodes) {
        return nodes.stream().map(Node::path).toList();
    }
}
