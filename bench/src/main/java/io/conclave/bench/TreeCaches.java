package io.conclave.bench;

import io.conclave.Conclave;
import io.conclave.cache.TreeCache;
import io.conclave.spi.CreateMode;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.retry.RetryOneTime;

/**
 * Starts a cache of a large tree: {@link TreeCache} on ZooKeeper or etcd, and on ZooKeeper Curator's CuratorCache in turn. Prints the time until initialised, the requests by the
 * server's own count (ZooKeeper, with {@code mntr} among its four-letter words), and the heap per node. Usage: {@code TreeCaches URL [NODES] [ROUNDS]}; the URL without a namespace.
 */
public final class TreeCaches {
    private static final int LEAVES = 999;
    private static final int BATCH = 99;
    private static final String TREE = "/bench-tree";

    private final String url;
    private final String hosts;
    private final boolean zookeeper;
    private final int directories;

    private TreeCaches(String url, int nodes) {
        this.url = url;
        this.zookeeper = url.startsWith("zookeeper:");
        this.hosts = url.substring(url.indexOf("//") + 2);
        this.directories = Math.max(1, nodes / (LEAVES + 1));
    }

    /** One run of one cache. */
    private record Run(double millis, long requests, double bytesPerNode, int nodes) {}

    /** Prints a line for each run, and the medians. */
    public static void main(String[] args) throws Exception {
        TreeCaches bench = new TreeCaches(args[0], args.length > 1 ? Integer.parseInt(args[1]) : 100_000);
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 3;
        bench.fill();
        bench.ours();
        List<Run> ours = new ArrayList<>();
        List<Run> theirs = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            ours.add(print("TreeCache", bench.ours()));
            if (bench.zookeeper) {
                theirs.add(print("CuratorCache", bench.curator()));
            }
        }
        double our = median(ours);
        System.out.printf(Locale.ROOT, "TreeCache: median %.0f ms%n", our);
        if (bench.zookeeper) {
            double their = median(theirs);
            System.out.printf(
                    Locale.ROOT,
                    "CuratorCache: median %.0f ms; TreeCache starts %.2f times faster with %.2f of its requests%n",
                    their,
                    their / our,
                    ours.get(0).requests() / (double) theirs.get(0).requests());
        }
    }

    private static double median(List<Run> runs) {
        return runs.stream().mapToDouble(Run::millis).sorted().toArray()[runs.size() / 2];
    }

    private static Run print(String what, Run run) {
        System.out.printf(
                Locale.ROOT,
                "%-14s %8.0f ms, %7d requests, %6.0f bytes a node, %d nodes%n",
                what,
                run.millis(),
                run.requests(),
                run.bytesPerNode(),
                run.nodes());
        return run;
    }

    private void fill() throws InterruptedException {
        try (Conclave conclave =
                Conclave.builder(url).callTimeout(Duration.ofSeconds(30)).connect()) {
            byte[] data = new byte[32];
            Arrays.fill(data, (byte) 'x');
            Payload payload = Payload.of(data);
            for (int d = 0; d < directories; d++) {
                NodePath directory = NodePath.of(TREE + "/d" + d);
                if (conclave.nodes()
                        .get(directory.child("n" + (LEAVES - 1)).toString())
                        .isPresent()) {
                    continue;
                }
                for (int from = 0; from < LEAVES; from += BATCH) {
                    int first = from;
                    conclave.nodes().commit(parts -> {
                        if (first == 0) {
                            parts.write(Write.create(directory, payload, CreateMode.PERSISTENT));
                        }
                        for (int i = first; i < Math.min(LEAVES, first + BATCH); i++) {
                            parts.write(Write.create(directory.child("n" + i), payload, CreateMode.PERSISTENT));
                        }
                    });
                }
            }
        }
    }

    private Run ours() throws Exception {
        try (Conclave conclave =
                Conclave.builder(url).sessionTimeout(Duration.ofSeconds(40)).connect()) {
            long heap = usedHeap();
            long requests = requests();
            long start = System.nanoTime();
            try (TreeCache cache = TreeCache.of(conclave, TREE)) {
                cache.start();
                cache.awaitInitialised(Duration.ofMinutes(5));
                double millis = millisSince(start);
                long asked = requests() - requests;
                return new Run(millis, asked, (usedHeap() - heap) / (double) cache.size(), cache.size());
            }
        }
    }

    private Run curator() throws Exception {
        try (CuratorFramework client =
                CuratorFrameworkFactory.newClient(hosts, 40_000, 15_000, new RetryOneTime(1_000))) {
            client.start();
            client.blockUntilConnected();
            long heap = usedHeap();
            long requests = requests();
            CountDownLatch initialised = new CountDownLatch(1);
            try (CuratorCache cache = CuratorCache.build(client, TREE)) {
                cache.listenable()
                        .addListener(CuratorCacheListener.builder()
                                .forInitialized(initialised::countDown)
                                .build());
                long start = System.nanoTime();
                cache.start();
                if (!initialised.await(5, TimeUnit.MINUTES)) {
                    throw new IllegalStateException("not initialised in 5 minutes");
                }
                double millis = millisSince(start);
                long asked = requests() - requests;
                return new Run(millis, asked, (usedHeap() - heap) / (double) cache.size(), cache.size());
            }
        }
    }

    private static double millisSince(long start) {
        return (System.nanoTime() - start) / 1e6;
    }

    private static long usedHeap() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(50);
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Packets that the ZooKeeper server has received; 0 for others. */
    private long requests() throws IOException {
        if (!zookeeper) {
            return 0;
        }
        String[] address = hosts.split(",", -1)[0].split(":", -1);
        try (Socket socket = new Socket(address[0], Integer.parseInt(address[1]));
                InputStream in = socket.getInputStream()) {
            socket.getOutputStream().write("mntr".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return answer.lines()
                    .filter(line -> line.startsWith("zk_packets_received\t"))
                    .mapToLong(line -> Long.parseLong(line.substring(line.indexOf('\t') + 1)))
                    .findFirst()
                    .orElse(0);
        }
    }
}
