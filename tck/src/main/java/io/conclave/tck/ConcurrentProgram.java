package io.conclave.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;

/**
 * Several clients at once, in waves: the commits of one wave are in flight together. Whatever the interleaving, revisions are unique
 * and those of a wave lie above those of the wave before; the contenders stand in the order of their revisions for every reader; and a
 * counter behind a guard on its version has counted exactly the applied commits.
 */
final class ConcurrentProgram {
    private static final NodePath COUNTER = NodePath.of("/counter");
    private static final List<String> DIRECTORIES = List.of("/q", "/r/s");

    private final Lab lab;
    private final Random random;
    private final List<Client> clients = new ArrayList<>();
    private final Set<Long> revisions = new HashSet<>();
    private final Map<NodePath, Node> contenders = new TreeMap<>();
    private long counted;

    private ConcurrentProgram(Lab lab, Random random) {
        this.lab = lab;
        this.random = random;
    }

    static void run(Lab lab, Random random) {
        new ConcurrentProgram(lab, random).run();
    }

    private void run() {
        int count = 2 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            clients.add(lab.client());
        }
        clients.get(0).create(COUNTER.toString(), "0");
        long before = 0;
        for (int wave = 0; wave < 8; wave++) {
            before = wave(before);
            checkOrder();
        }
        assertEquals(Long.toString(counted), clients.get(0).data(COUNTER.toString()), "the counter");
    }

    private record Sent(CompletionStage<CommitResult> stage, boolean counts, List<NodePath> deletes) {}

    private long wave(long before) {
        long version = clients.get(0).get(COUNTER).orElseThrow().version();
        List<NodePath> free = new ArrayList<>(contenders.keySet());
        List<Sent> sent = new ArrayList<>();
        for (Client client : clients) {
            int calls = 1 + random.nextInt(4);
            for (int i = 0; i < calls; i++) {
                sent.add(send(client, version, free));
            }
        }
        long highest = before;
        int counting = 0;
        for (Sent one : sent) {
            CommitResult result = lab.await(one.stage(), "commit");
            if (result instanceof CommitResult.Applied applied) {
                highest = Math.max(highest, check(applied, before));
                one.deletes().forEach(contenders::remove);
                applied.created().forEach(node -> contenders.put(node.path(), node));
                counting += one.counts() ? 1 : 0;
            } else {
                assertTrue(one.counts(), "only a commit with a guard may be refused here: " + result);
            }
        }
        boolean tried = sent.stream().anyMatch(Sent::counts);
        assertEquals(tried ? 1 : 0, counting, "commits applied of those with the same guard on a version");
        counted += counting;
        return highest;
    }

    private long check(CommitResult.Applied applied, long before) {
        if (applied.revision().isEmpty()) {
            assertTrue(applied.created().isEmpty(), "a create tells its revision");
            return before;
        }
        long revision = applied.revision().getAsLong();
        assertTrue(revision > before, "revision " + revision + " after " + before + " had been acknowledged");
        assertTrue(revisions.add(revision), "revision " + revision + " belongs to two commits");
        return revision;
    }

    private Sent send(Client client, long version, List<NodePath> free) {
        Commit.Builder commit = client.commit();
        boolean counts = random.nextInt(3) == 0;
        List<NodePath> deletes = new ArrayList<>();
        if (counts) {
            commit.guard(Guard.versionIs(COUNTER, version))
                    .write(Write.put(COUNTER, Lab.text(Long.toString(counted + 1))));
        } else if (random.nextInt(3) == 0 && !free.isEmpty()) {
            NodePath leaving = free.remove(random.nextInt(free.size()));
            deletes.add(leaving);
            commit.write(Write.delete(leaving));
        } else {
            String directory = DIRECTORIES.get(random.nextInt(DIRECTORIES.size()));
            commit.write(
                    Write.createSequential(Lab.at(directory), "lock-", Lab.text("x"), CreateMode.EPHEMERAL_SEQUENTIAL));
        }
        return new Sent(client.session().commit(commit.build()), counts, deletes);
    }

    private void checkOrder() {
        for (String directory : DIRECTORIES) {
            List<NodePath> expected = contenders.values().stream()
                    .filter(node -> node.path().parent().equals(Lab.at(directory)))
                    .sorted((a, b) -> Long.compare(
                            a.createdRevision().orElseThrow(),
                            b.createdRevision().orElseThrow()))
                    .map(Node::path)
                    .toList();
            for (Client reader : clients) {
                assertEquals(expected, reader.paths(Query.contenders(Lab.at(directory), List.of("lock-"))));
            }
        }
    }
}
