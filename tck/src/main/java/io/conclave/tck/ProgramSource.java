package io.conclave.tck;

import io.conclave.spi.Commit;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Draws commits and queries in terms of the model, so that most of them find something to do. Names of ephemeral nodes never become
 * directories, nor directories of contenders nodes (rule N11).
 */
final class ProgramSource {
    private static final List<NodePath> PERSISTENT = paths("/a", "/a/b", "/a/b/c", "/a-b", "/d/e/f", "/d/e", "/g");
    private static final List<NodePath> EPHEMERAL = paths("/x1", "/a/x2", "/d/x3");
    private static final List<NodePath> QUEUES = paths("/q", "/a/q", "/r/s");
    private static final List<NodePath> DIRECTORIES = paths("/", "/a", "/d", "/q", "/r", "/r/s", "/none", "/a/b");
    private static final List<String> TAGS = List.of("lock-", "__READ__");

    private final Random random;
    private final Model model;

    ProgramSource(Random random, Model model) {
        this.random = random;
        this.model = model;
    }

    private static List<NodePath> paths(String... texts) {
        return List.of(texts).stream().map(NodePath::of).toList();
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private NodePath anyNode() {
        if (chance(60) && !model.items().isEmpty()) {
            return any(List.copyOf(model.items().keySet()));
        }
        return any(chance(80) ? PERSISTENT : EPHEMERAL);
    }

    private Payload data() {
        return Payload.utf8(chance(20) ? "" : "data " + random.nextInt(100));
    }

    Commit commit(OpId opId, long deadline) {
        Commit.Builder commit = Commit.builder(opId, deadline);
        for (int guards = random.nextInt(3); guards > 0; guards--) {
            commit.guard(guard());
        }
        Set<NodePath> queues = new HashSet<>();
        Set<NodePath> nodes = new HashSet<>();
        // who of two at one place is before the other is open
        Set<NodePath> shared = new HashSet<>();
        for (int writes = 1 + random.nextInt(3); writes > 0; writes--) {
            Write write = write();
            while (!(write instanceof Write.CreateSequential ? queues : nodes).add(write.place())) {
                write = write();
            }
            if (write instanceof Write.CreateSequential create && create.sameOrderAs() != null) {
                shared.add(create.directory());
            }
            commit.write(write);
        }
        queries(2).forEach(commit::then);
        queues.removeAll(shared);
        for (NodePath queue : queues) {
            commit.then(
                    new Query.Children(queue, TAGS, Query.Bound.BEFORE_OWN_CREATE, 1 + random.nextInt(5), chance(50)));
        }
        return commit.build();
    }

    private Guard guard() {
        NodePath path = anyNode();
        Item item = model.item(path);
        // guards that hold are drawn more often than by chance
        int kind = random.nextInt(4);
        if (item == null) {
            return kind < 3 ? Guard.absent(path) : Guard.present(path);
        }
        long wrong = chance(25) ? 1 : 0;
        return switch (kind) {
            case 0 -> Guard.versionIs(path, item.version() + wrong);
            case 1 -> item.isSequential() ? Guard.present(path, item.created() + wrong) : Guard.present(path);
            case 2 -> Guard.present(path);
            default -> chance(30) ? Guard.absent(path) : Guard.present(path);
        };
    }

    private Write write() {
        int kind = random.nextInt(100);
        if (kind < 22) {
            return Write.create(any(PERSISTENT), data(), CreateMode.PERSISTENT);
        }
        if (kind < 32) {
            return Write.create(any(EPHEMERAL), data(), CreateMode.EPHEMERAL);
        }
        if (kind < 52) {
            return sequential();
        }
        return kind < 85 ? Write.put(anyNode(), data()) : Write.delete(anyNode());
    }

    private Write sequential() {
        CreateMode mode = chance(70) ? CreateMode.EPHEMERAL_SEQUENTIAL : CreateMode.PERSISTENT_SEQUENTIAL;
        List<NodePath> contenders = model.items().values().stream()
                .filter(Item::isSequential)
                .map(Item::path)
                .toList();
        if (chance(20) && !contenders.isEmpty()) {
            NodePath beside = any(contenders);
            return new Write.CreateSequential(beside.parent(), any(TAGS), data(), mode, beside);
        }
        return Write.createSequential(any(QUEUES), any(TAGS), data(), mode);
    }

    List<Query> queries(int most) {
        List<Query> queries = new ArrayList<>();
        for (int count = random.nextInt(most + 1); count > 0; count--) {
            queries.add(query());
        }
        return queries;
    }

    private Query query() {
        int limit = chance(60) ? 10_000 : 1 + random.nextInt(4);
        return switch (random.nextInt(4)) {
            case 0 -> Query.get(anyNode());
            case 1 -> new Query.Children(any(DIRECTORIES), List.of(), Query.Bound.ALL, limit, chance(50));
            case 2 ->
                new Query.Children(
                        any(QUEUES),
                        chance(50) ? TAGS : List.of(any(TAGS)),
                        chance(20) ? Query.Bound.FIRST : Query.Bound.ALL,
                        limit,
                        chance(50));
            default -> Query.subtree(any(DIRECTORIES), limit);
        };
    }

    /**
     * Whether it is open what such a commit comes to: one with a put to another session's ephemeral node is invalid, and one that a guard or
     * another write refuses as well may be told either way.
     */
    boolean isAmbiguous(Commit commit, String session) {
        return commit.operations() > 1
                && commit.writes().stream()
                        .filter(Write.Put.class::isInstance)
                        .map(write -> model.item(((Write.Put) write).path()))
                        .anyMatch(item -> item != null
                                && !item.owner().isEmpty()
                                && !item.owner().equals(session));
    }
}
