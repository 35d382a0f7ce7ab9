package io.conclave.bench;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.lock.DistributedLock;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Acquire and release in a loop, on one etcd server: Conclave's {@link DistributedLock} and etcd's own lock service through jetcd's client, with one client
 * alone and with four that want the same lock. All clients are connected once; the contestants take turns of one second, forwards and backwards (A B C D, D C B A),
 * after turns that only warm them up. Usage: {@code EtcdLocks HOST:PORT [TURNS] [WARM_UP_TURNS]}.
 */
public final class EtcdLocks {
    private static final int CLIENTS = 4;
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final Duration TURN = Duration.ofSeconds(1);
    private static final long TTL_SECONDS = 10;

    /** Acquires and releases once. */
    private interface Pair {
        void run() throws Exception;
    }

    /** Clients that want the same lock, at their turn. */
    private record Contestant(String name, List<Pair> clients) {}

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final String server;

    private EtcdLocks(String server) {
        this.server = server;
    }

    /** Prints one line for each turn of all and a summary of medians. */
    public static void main(String[] args) throws Exception {
        int turns = args.length > 1 ? Integer.parseInt(args[1]) : 30;
        int warmUp = args.length > 2 ? Integer.parseInt(args[2]) : 20;
        new EtcdLocks(args[0]).run(turns, warmUp);
    }

    private void run(int turns, int warmUp) throws Exception {
        try {
            List<Contestant> contestants = List.of(ours(1), service(1), ours(CLIENTS), service(CLIENTS));
            System.out.println("pairs of acquire and release a second");
            System.out.printf("%-8s", "turn");
            contestants.forEach(one -> System.out.printf("%16s", one.name()));
            System.out.println();
            double[][] rates = new double[contestants.size()][turns];
            for (int turn = -warmUp; turn < turns; turn++) {
                double[] row = new double[contestants.size()];
                for (int i = 0; i < row.length; i++) {
                    int which = turn % 2 == 0 ? i : row.length - 1 - i;
                    row[which] = measure(contestants.get(which));
                }
                print(turn < 0 ? "warm-up" : Integer.toString(turn + 1), row);
                for (int i = 0; turn >= 0 && i < row.length; i++) {
                    rates[i][turn] = row[i];
                }
            }
            double[] median = new double[rates.length];
            for (int i = 0; i < median.length; i++) {
                median[i] = median(rates[i]);
            }
            print("median", median);
            System.out.printf(
                    Locale.ROOT,
                    "alone: %.2f of the service; x4: %.1f of the service, %.2f of ours alone%n",
                    median[0] / median[1],
                    median[2] / median[3],
                    median[2] / median[0]);
        } finally {
            threads.shutdownNow();
            for (int i = open.size() - 1; i >= 0; i--) {
                open.get(i).close();
            }
        }
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static void print(String name, double[] row) {
        System.out.printf("%-8s", name);
        for (double rate : row) {
            System.out.printf(Locale.ROOT, "%16.1f", rate);
        }
        System.out.println();
    }

    private Contestant ours(int clients) throws Exception {
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            Conclave conclave = Conclave.connect("etcd://" + server + "/bench?sessionTimeout=" + TTL_SECONDS + "s");
            open.add(conclave);
            DistributedLock lock = DistributedLock.of(conclave, "/lock-" + clients);
            pairs.add(() -> {
                try (Grant grant = lock.acquire(WAIT)) {
                    if (!grant.isValid()) {
                        throw new IllegalStateException("a grant was void");
                    }
                }
            });
        }
        return new Contestant("ours x" + clients, pairs);
    }

    private Contestant service(int clients) throws Exception {
        ByteSequence name = ByteSequence.from("bench-service-" + clients, StandardCharsets.UTF_8);
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            Client client = Client.builder().endpoints("http://" + server).build();
            open.add(client);
            long lease = client.getLeaseClient().grant(TTL_SECONDS * 600).get().getID();
            open.add(() -> client.getLeaseClient().revoke(lease).get());
            pairs.add(() -> {
                ByteSequence key =
                        client.getLockClient().lock(name, lease).get().getKey();
                client.getLockClient().unlock(key).get();
            });
        }
        return new Contestant("service x" + clients, pairs);
    }

    private double measure(Contestant contestant) throws Exception {
        List<Future<Double>> running = new ArrayList<>();
        long begun = System.nanoTime();
        for (Pair pair : contestant.clients()) {
            running.add(threads.submit(() -> {
                long pairs = 0;
                do {
                    pair.run();
                    pairs++;
                } while (System.nanoTime() - begun < TURN.toNanos());
                return pairs * 1e9 / (System.nanoTime() - begun);
            }));
        }
        double rate = 0;
        for (Future<Double> one : running) {
            rate += one.get();
        }
        return rate;
    }
}
