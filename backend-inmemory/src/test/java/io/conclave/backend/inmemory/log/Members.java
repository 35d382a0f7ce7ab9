package io.conclave.backend.inmemory.log;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Several members in this JVM, with links that can be cut, and the tapes that they apply to. */
final class Members implements AutoCloseable {
    /** Long enough that a busy machine does not bring elections of its own into a test; those that are wanted are brought about. */
    static final Duration ELECTION = Duration.ofSeconds(1);

    static final Duration PATIENCE = Duration.ofSeconds(60);

    final Map<Integer, InetSocketAddress> addresses;
    private final Path folder;
    private final UnaryOperator<LogSpec> settings;
    private final Map<Integer, RaftLog> logs = new TreeMap<>();
    private final Map<Integer, ReplicatedLog.Machine> machines = new HashMap<>();
    private final Supplier<ReplicatedLog.Machine> newMachine;
    /** Cut links, as pairs of from and to. */
    private final Set<List<Integer>> cut = ConcurrentHashMap.newKeySet();

    private volatile Sieve passes = (from, to, message) -> true;
    private volatile boolean closing;

    Members(Path folder, int count, UnaryOperator<LogSpec> settings) {
        this(folder, count, settings, Tape::new);
    }

    private Members(
            Path folder, int count, UnaryOperator<LogSpec> settings, Supplier<ReplicatedLog.Machine> newMachine) {
        this.newMachine = newMachine;
        this.folder = folder;
        this.settings = settings;
        this.addresses = freeAddresses(count);
    }

    static Members start(Path folder, int count) {
        return start(folder, count, spec -> spec);
    }

    static Members start(Path folder, int count, UnaryOperator<LogSpec> settings) {
        return start(folder, count, settings, Tape::new);
    }

    static Members start(
            Path folder, int count, UnaryOperator<LogSpec> settings, Supplier<ReplicatedLog.Machine> newMachine) {
        Members members = new Members(folder, count, settings, newMachine);
        try {
            members.addresses.keySet().forEach(members::start);
        } catch (RuntimeException failure) {
            members.close();
            throw failure;
        }
        return members;
    }

    static Map<Integer, InetSocketAddress> freeAddresses(int count) {
        Map<Integer, InetSocketAddress> addresses = new TreeMap<>();
        ServerSocket[] held = new ServerSocket[count];
        try {
            for (int i = 0; i < count; i++) {
                held[i] = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                addresses.put(i + 1, new InetSocketAddress(InetAddress.getLoopbackAddress(), held[i].getLocalPort()));
            }
            for (ServerSocket socket : held) {
                socket.close();
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return addresses;
    }

    LogSpec spec(int id) {
        return settings.apply(
                LogSpec.of(id, addresses, folder.resolve("member-" + id)).withElectionTimeout(ELECTION));
    }

    /** Starts a member that is not running, with an empty tape. */
    void start(int id) {
        ReplicatedLog.Machine machine = newMachine.get();
        try {
            logs.put(id, RaftLog.start(spec(id), machine, new MemberLinks()));
            machines.put(id, machine);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private final class MemberLinks implements MessageLinks {
        @Override
        public long delayMillis(int from, int to) {
            return cut.contains(List.of(from, to)) && !closing ? -1 : 0;
        }

        @Override
        public long delayMillis(int from, int to, Object message) {
            return passes.test(from, to, message) || closing ? delayMillis(from, to) : -1;
        }
    }

    /** Whether a message passes that no cut link stops. */
    interface Sieve {
        boolean test(int from, int to, Object message);
    }

    /** Stops messages by what is in them. */
    void sieve(Sieve sieve) {
        passes = sieve;
    }

    void stop(int id) {
        RaftLog log = logs.remove(id);
        if (log != null) {
            log.close();
        }
    }

    /** Removes what a member that does not run has kept. */
    void wipe(int id) {
        try (Stream<Path> files = Files.walk(folder.resolve("member-" + id))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Asserts that none of those that run leads during this time. */
    void nobodyLeadsFor(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            for (Map.Entry<Integer, RaftLog> each : logs.entrySet()) {
                if (each.getValue().leadership().own()) {
                    throw new AssertionError("member " + each.getKey() + " leads: "
                            + each.getValue().status());
                }
            }
            tick(new CompletableFuture<>());
        }
    }

    /** Cuts all links between these members and all others, in both directions. */
    void isolate(Integer... ids) {
        List<Integer> inside = Arrays.asList(ids);
        for (int a : addresses.keySet()) {
            for (int b : addresses.keySet()) {
                if (inside.contains(a) != inside.contains(b)) {
                    cut.add(List.of(a, b));
                }
            }
        }
    }

    void heal() {
        cut.clear();
    }

    RaftLog log(int id) {
        return logs.get(id);
    }

    Tape tape(int id) {
        return (Tape) machines.get(id);
    }

    ReplicatedLog.Machine machine(int id) {
        return machines.get(id);
    }

    /** Waits until one of these members leads and may serve. */
    int awaitLeader(Integer... among) {
        List<Integer> ids = among.length == 0 ? List.copyOf(logs.keySet()) : Arrays.asList(among);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        CompletableFuture<Integer> found = new CompletableFuture<>();
        while (System.nanoTime() < deadline) {
            for (int id : ids) {
                if (log(id).leadership().own()) {
                    return id;
                }
            }
            tick(found);
        }
        throw new AssertionError("none of " + ids + " leads: "
                + ids.stream().map(id -> log(id).status().toString()).toList());
    }

    /** Waits for what only looking can tell. */
    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited " + PATIENCE + " for " + what);
            }
            tick(new CompletableFuture<>());
        }
    }

    private static void tick(CompletableFuture<?> never) {
        try {
            never.get(5, TimeUnit.MILLISECONDS);
        } catch (TimeoutException expected) {
            // look again
        } catch (InterruptedException | ExecutionException failure) {
            throw new AssertionError(failure);
        }
    }

    /** Has a line acknowledged; it may be applied more than once if leadership changes meanwhile. Returns who took it. */
    int write(String line) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            int leader = awaitLeader();
            if (acknowledged(log(leader).submit(bytes(line)))) {
                return leader;
            }
            tick(new CompletableFuture<>());
        }
        throw new AssertionError("'" + line + "' was not acknowledged");
    }

    /** The same with many at a time. */
    void writeAll(List<String> lines) {
        Map<String, CompletableFuture<Object>> answers = new LinkedHashMap<>();
        RaftLog leader = log(awaitLeader());
        lines.forEach(line -> answers.put(line, leader.submit(bytes(line))));
        answers.forEach((line, answer) -> {
            if (!acknowledged(answer)) {
                write(line);
            }
        });
    }

    private static boolean acknowledged(CompletableFuture<Object> answer) {
        try {
            answer.get(30, TimeUnit.SECONDS);
            return true;
        } catch (ExecutionException | TimeoutException again) {
            return false;
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** Waits until all that run have applied the same, and returns it. */
    List<String> awaitAgreement() {
        write("the end");
        List<String> all = tape(awaitLeader()).lines();
        for (int id : logs.keySet()) {
            tape(id).await("all " + all.size() + " entries at member " + id, tape -> tape.size() >= all.size());
        }
        for (int id : logs.keySet()) {
            if (!tape(id).lines().subList(0, all.size()).equals(all) || !tape(id).ordered()) {
                throw new AssertionError("member " + id + " has applied " + tape(id).lines() + " and not " + all);
            }
        }
        return all;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        closing = true;
        List.copyOf(logs.keySet()).forEach(this::stop);
    }
}
