package io.conclave.bench;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.lock.DistributedLock;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Acquire and release in a loop, on one etcd server: Conclave's {@link DistributedLock} and etcd's own lock service through jetcd's client, in turn, with
 * one client alone and with four that want the same lock. Usage: {@code EtcdLocks HOST:PORT [SECONDS] [ROUNDS]}.
 */
public final class EtcdLocks {
    private static final int CLIENTS = 4;
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final long TTL_SECONDS = 10;

    private final String server;
    private final Duration time;

    private EtcdLocks(String server, Duration time) {
        this.server = server;
        this.time = time;
    }

    /** Prints one line for each measurement and a summary of medians. */
    public static void main(String[] args) throws Exception {
        String server = args[0];
        Duration time = Duration.ofSeconds(args.length > 1 ? Long.parseLong(args[1]) : 5);
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 5;
        EtcdLocks bench = new EtcdLocks(server, time);
        bench.warmUp();
        List<double[]> results = new ArrayList<>();
        System.out.println("pairs of acquire and release a second, " + time.toSeconds() + " s each");
        System.out.printf(
                "%-8s %14s %14s %14s %14s%n", "round", "ours alone", "service alone", "ours x4", "service x4");
        for (int round = 1; round <= rounds; round++) {
            double[] row = {bench.ours(1), bench.service(1), bench.ours(CLIENTS), bench.service(CLIENTS)};
            results.add(row);
            print(Integer.toString(round), row);
        }
        double[] median = new double[4];
        for (int i = 0; i < median.length; i++) {
            int column = i;
            median[i] = results.stream()
                    .mapToDouble(row -> row[column])
                    .sorted()
                    .skip(rounds / 2)
                    .findFirst()
                    .orElseThrow();
        }
        print("median", median);
        System.out.printf(
                Locale.ROOT,
                "alone: %.2f of the service; x4: %.1f of the service, %.2f of ours alone%n",
                median[0] / median[1],
                median[2] / median[3],
                median[2] / median[0]);
    }

    private static void print(String name, double[] row) {
        System.out.printf(Locale.ROOT, "%-8s %14.1f %14.1f %14.1f %14.1f%n", name, row[0], row[1], row[2], row[3]);
    }

    private void warmUp() throws Exception {
        ours(1);
        service(1);
        ours(CLIENTS);
    }

    private double ours(int clients) throws Exception {
        return measure(clients, stop -> () -> {
            try (Conclave conclave =
                    Conclave.connect("etcd://" + server + "/bench?sessionTimeout=" + TTL_SECONDS + "s")) {
                DistributedLock lock = DistributedLock.of(conclave, "/lock");
                long pairs = 0;
                while (!stop.get()) {
                    try (Grant grant = lock.acquire(WAIT)) {
                        pairs += grant.isValid() ? 1 : 0;
                    }
                }
                return pairs;
            }
        });
    }

    private double service(int clients) throws Exception {
        ByteSequence name = ByteSequence.from("bench-service", StandardCharsets.UTF_8);
        return measure(clients, stop -> () -> {
            try (Client client = Client.builder().endpoints("http://" + server).build()) {
                long lease =
                        client.getLeaseClient().grant(TTL_SECONDS * 6).get().getID();
                long pairs = 0;
                while (!stop.get()) {
                    ByteSequence key =
                            client.getLockClient().lock(name, lease).get().getKey();
                    client.getLockClient().unlock(key).get();
                    pairs++;
                }
                client.getLeaseClient().revoke(lease).get();
                return pairs;
            }
        });
    }

    private interface Work {
        Callable<Long> until(AtomicBoolean stop);
    }

    private double measure(int clients, Work work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        AtomicBoolean stop = new AtomicBoolean();
        try {
            List<Future<Long>> running = new ArrayList<>();
            long begun = System.nanoTime();
            for (int i = 0; i < clients; i++) {
                running.add(threads.submit(work.until(stop)));
            }
            Thread.sleep(time.toMillis());
            stop.set(true);
            long pairs = 0;
            for (Future<Long> one : running) {
                pairs += one.get();
            }
            return pairs / ((System.nanoTime() - begun) / 1e9);
        } finally {
            threads.shutdownNow();
        }
    }
}
