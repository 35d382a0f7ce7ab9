package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.it.support.Await;
import io.conclave.it.support.ChildJvm;
import io.conclave.it.support.Figures;
import io.conclave.it.support.Servers;
import io.conclave.queue.Claim;
import io.conclave.queue.DistributedQueue;
import io.conclave.spi.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A client killed (-9) in every state of a queue: holding and having claimed ahead, in turn, in line, waiting for room, and second in that line (issue 5, bar 3). */
final class QueueKillScenario {
    private static final Duration SESSION = Duration.ofSeconds(4);
    private static final Duration LIMIT = SESSION.plusSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(100);

    private final Servers servers;
    private final List<ChildJvm> children = new ArrayList<>();

    QueueKillScenario(Servers servers) {
        this.servers = servers;
    }

    private ChildJvm child(String path, String... role) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(servers.url("/app", SESSION), path));
        arguments.addAll(List.of(role));
        ChildJvm child = ChildJvm.start(
                path.substring(1) + "-" + children.size(), QueueWorker.class, arguments.toArray(String[]::new));
        children.add(child);
        return child;
    }

    private static DistributedQueue<String> queue(Conclave conclave, String path) {
        return DistributedQueue.of(conclave, path, Codec.utf8());
    }

    void play(String name) throws Exception {
        try (Conclave conclave = Conclave.connect(servers.url("/app", SESSION))) {
            DistributedQueue<String> held = queue(conclave, "/held");
            DistributedQueue<String> awaited = queue(conclave, "/awaited");
            DistributedQueue<String> full = queue(conclave, "/full");
            held.putAll(List.of("a", "b", "c"));
            child("/held", "hold");
            child("/awaited", "wait");
            child("/awaited", "wait");
            child("/full", "block", "2");
            child("/full", "block", "2");
            children.get(0).awaitLine("GOT a 1", PATIENCE);
            Await.until(() -> count(conclave, "/awaited/turn/") == 2, PATIENCE, "two stand in line");
            Await.until(() -> count(conclave, "/full/room/") == 2, PATIENCE, "two wait for room");
            assertThat(count(conclave, "/held/claims/")).isEqualTo(3);

            long begun = System.nanoTime();
            for (ChildJvm child : children) {
                child.kill();
            }
            awaited.put("x");
            Claim<String> next = awaited.take(LIMIT);
            assertThat(next.delivery()).isEqualTo(1);
            next.complete();
            List<String> values = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Claim<String> claim = held.take(LIMIT);
                assertThat(claim.delivery())
                        .as("deliveries of " + claim.value())
                        .isEqualTo(2);
                values.add(claim.value());
                claim.complete();
            }
            assertThat(values).containsExactlyInAnyOrder("a", "b", "c");
            full.take(LIMIT).complete();
            full.put("y", LIMIT);
            double seconds = (System.nanoTime() - begun) / 1e9;
            full.take(LIMIT).complete();
            full.take(LIMIT).complete();
            Figures.print(name, "the others went on after %.1f s (session %d s)", seconds, SESSION.toSeconds());
            assertThat(seconds).isLessThan(LIMIT.toNanos() / 1e9);
            Await.until(
                    () -> conclave.nodes().subtree("/", 1_000).stream()
                            .map(Node::path)
                            .map(Object::toString)
                            .allMatch(path -> path.matches("/(held|awaited|full)/(tail|(lanes|items)/[0-9]+b?)")),
                    LIMIT,
                    "nothing is left but tails and lanes");
        } finally {
            children.forEach(ChildJvm::close);
        }
    }

    private static long count(Conclave conclave, String below) throws InterruptedException {
        return conclave.nodes().subtree("/", 1_000).stream()
                .filter(node -> node.path().toString().startsWith(below))
                .count();
    }
}
