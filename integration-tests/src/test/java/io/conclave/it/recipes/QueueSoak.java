package io.conclave.it.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.it.support.Await;
import io.conclave.it.support.ChildJvm;
import io.conclave.it.support.Figures;
import io.conclave.it.support.Servers;
import io.conclave.queue.DistributedQueue;
import io.conclave.queue.QueueStats;
import io.conclave.spi.Node;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Producers and consumers as processes on one queue; consumers are killed every few seconds and replaced. Judged by what the processes printed: no item that was put is
 * missing, none is completed twice, and an item that was got more than once was got from consumers that were killed, all but the last, with rising delivery counts.
 */
final class QueueSoak implements AutoCloseable {
    private static final Duration SESSION = Duration.ofSeconds(3);
    private static final String PATH = "/soak";
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final String name;
    private final Servers servers;
    private final int items;
    private final int processes;
    private final long killEveryNanos;
    private final Duration limit;
    private final Random random;
    private final List<ChildJvm> consumers = new ArrayList<>();
    private final List<ChildJvm> all = new ArrayList<>();
    private final Set<ChildJvm> killed = new HashSet<>();

    QueueSoak(String name, Servers servers, int items, int processes, Duration killEvery, Duration limit, long seed) {
        this.name = name;
        this.servers = servers;
        this.items = items;
        this.processes = processes;
        this.killEveryNanos = killEvery.toNanos();
        this.limit = limit;
        this.random = new Random(seed);
    }

    /** What one process printed of one item. */
    private record Got(ChildJvm by, int delivery, boolean done, boolean lost) {
        Got with(String line) {
            return new Got(by, delivery, line.equals("DONE"), line.equals("LOST"));
        }
    }

    void run() throws Exception {
        long begun = System.nanoTime();
        List<ChildJvm> producers = new ArrayList<>();
        for (int i = 0; i < processes; i++) {
            consumers.add(worker("consumer" + i, "consume"));
            producers.add(worker("producer" + i, "put", "p" + i + "-", Integer.toString(items / processes)));
        }
        try (Conclave conclave = Conclave.connect(servers.url("/app", SESSION))) {
            DistributedQueue<String> queue = DistributedQueue.of(conclave, PATH, Codec.utf8());
            killWhileBusy(queue, producers, begun);
            for (ChildJvm producer : producers) {
                producer.awaitExitCode(0, limit);
            }
            double seconds = (System.nanoTime() - begun) / 1e9;
            for (ChildJvm consumer : consumers) {
                consumer.close();
            }
            judge(seconds);
            assertThat(left(conclave)).as("what is left in the store").isEmpty();
        }
    }

    private ChildJvm worker(String who, String... role) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(servers.url("/app", SESSION), PATH));
        arguments.addAll(List.of(role));
        ChildJvm child = ChildJvm.start(who, QueueWorker.class, arguments.toArray(String[]::new));
        all.add(child);
        return child;
    }

    private void killWhileBusy(DistributedQueue<String> queue, List<ChildJvm> producers, long begun) throws Exception {
        long nextKill = System.nanoTime() + killEveryNanos;
        while (true) {
            boolean producing = producers.stream().anyMatch(ChildJvm::isAlive);
            if (!producing) {
                QueueStats stats = queue.stats();
                if (stats.items() == 0 && stats.claimed() == 0) {
                    return;
                }
            }
            assertThat(System.nanoTime() - begun)
                    .as("time until the queue is empty")
                    .isLessThan(limit.toNanos());
            if (System.nanoTime() - nextKill > 0) {
                int victim = random.nextInt(consumers.size());
                ChildJvm old = consumers.get(victim);
                old.kill();
                killed.add(old);
                consumers.set(victim, worker("consumer" + all.size(), "consume"));
                nextKill = System.nanoTime() + killEveryNanos;
            }
            Await.pause(POLL_NANOS);
        }
    }

    private void judge(double seconds) {
        Set<String> put = new HashSet<>();
        Map<String, List<Got>> gots = new HashMap<>();
        int redelivered = 0;
        int done = 0;
        int lost = 0;
        for (ChildJvm child : all) {
            for (String line : child.lines()) {
                String[] parts = line.split(" ", -1);
                if (parts[0].equals("PUT")) {
                    assertThat(put.add(parts[1])).as("put once: " + line).isTrue();
                } else if (parts[0].equals("GOT") && parts.length == 3) {
                    gots.computeIfAbsent(parts[1], value -> new ArrayList<>())
                            .add(new Got(child, Integer.parseInt(parts[2]), false, false));
                } else if ((parts[0].equals("DONE") || parts[0].equals("LOST")) && parts.length == 3) {
                    List<Got> list = gots.get(parts[1]);
                    int last = list.size() - 1;
                    list.set(last, list.get(last).with(parts[0]));
                    done += parts[0].equals("DONE") ? 1 : 0;
                    lost += parts[0].equals("LOST") ? 1 : 0;
                }
            }
        }
        assertThat(put).as("items that were put").hasSize(items / processes * processes);
        for (String value : put) {
            List<Got> list = gots.getOrDefault(value, List.of());
            assertThat(list).as("deliveries of " + value).isNotEmpty();
            List<Got> inOrder = new ArrayList<>(list);
            inOrder.sort(java.util.Comparator.comparingInt(Got::delivery));
            assertThat(inOrder.stream().map(Got::delivery))
                    .as("delivery counts of " + value)
                    .doesNotHaveDuplicates();
            assertThat(inOrder.stream().filter(Got::done))
                    .as("completions of " + value)
                    .hasSizeLessThan(2);
            for (Got early : inOrder.subList(0, inOrder.size() - 1)) {
                assertThat(early.lost || killed.contains(early.by))
                        .as("who had " + value + " before was killed")
                        .isTrue();
                assertThat(early.done).as(value + " was not completed before").isFalse();
            }
            Got last = inOrder.get(inOrder.size() - 1);
            assertThat(last.done || last.lost || killed.contains(last.by))
                    .as(value + " was completed, or by one that could not say so")
                    .isTrue();
            redelivered += last.delivery > 1 ? 1 : 0;
        }
        Set<String> foreign = new HashSet<>(gots.keySet());
        foreign.removeAll(put);
        assertThat(foreign).as("items that were never put").isEmpty();
        Figures.print(
                name,
                "%d items, %d producers, %d consumers, %d kills, %d completions told, %d items delivered again, %d"
                        + " claims lost without a kill, %.1f s",
                put.size(),
                processes,
                processes,
                killed.size(),
                done,
                redelivered,
                lost,
                seconds);
        assertThat(killed).as("consumers that were killed").isNotEmpty();
    }

    private static List<String> left(Conclave conclave) throws Exception {
        Await.until(() -> leftNow(conclave).isEmpty(), SESSION.multipliedBy(4), "the dead consumers' nodes are gone");
        return leftNow(conclave);
    }

    private static List<String> leftNow(Conclave conclave) throws Exception {
        return conclave.nodes().subtree("/", 1_000).stream()
                .map(Node::path)
                .map(Object::toString)
                .filter(path -> !path.equals(PATH + "/tail") && !path.matches(PATH + "/(lanes|items)/[0-9]+b?"))
                .toList();
    }

    @Override
    public void close() {
        all.forEach(ChildJvm::close);
    }
}
