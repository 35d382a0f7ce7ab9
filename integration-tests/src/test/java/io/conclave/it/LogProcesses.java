package io.conclave.it;

import io.conclave.it.support.Await;
import io.conclave.it.support.ChildJvm;
import io.conclave.it.support.ChildProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Three members of a replicated log as processes. */
final class LogProcesses implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Path folder;
    private final String ports;
    private final int electionMillis;
    private final int snapshotEntries;
    private final Map<Integer, ChildJvm> members = new TreeMap<>();
    private int starts;

    LogProcesses(String name, int electionMillis, int snapshotEntries) throws IOException {
        this.folder = ChildProcess.workDirectory(name);
        this.electionMillis = electionMillis;
        this.snapshotEntries = snapshotEntries;
        List<ServerSocket> held = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
        }
        this.ports = held.stream().map(socket -> "" + socket.getLocalPort()).collect(Collectors.joining(","));
        for (ServerSocket socket : held) {
            socket.close();
        }
        for (int id = 1; id <= 3; id++) {
            start(id);
        }
    }

    void start(int id) throws IOException {
        members.put(
                id,
                ChildJvm.start(
                        "log-member-" + id + "-" + ++starts,
                        LogMember.class,
                        "" + id,
                        ports,
                        folder.resolve("member-" + id).toString(),
                        "" + electionMillis,
                        "" + snapshotEntries));
    }

    ChildJvm member(int id) {
        return members.get(id);
    }

    /** Waits until one of these, from the given line of its output on, leads, and is not known to have lost that again. */
    int awaitLeader(Map<Integer, Integer> from) throws InterruptedException {
        int[] found = new int[1];
        try {
            Await.until(
                    () -> {
                        found[0] = from.entrySet().stream()
                                .filter(entry -> leads(entry.getKey(), entry.getValue()))
                                .findFirst()
                                .map(Map.Entry::getKey)
                                .orElse(0);
                        return found[0] != 0;
                    },
                    PATIENCE,
                    "one of " + from.keySet() + " leads");
        } catch (AssertionError failure) {
            throw new AssertionError(said(), failure);
        }
        return found[0];
    }

    private boolean leads(int id, int from) {
        List<String> said = member(id).lines();
        for (int i = said.size() - 1; i >= from; i--) {
            if (said.get(i).startsWith("leads ") || said.get(i).startsWith("follows ")) {
                return said.get(i).startsWith("leads ") && member(id).isAlive();
            }
        }
        return false;
    }

    int awaitLeader() throws InterruptedException {
        return awaitLeader(Map.of(1, 0, 2, 0, 3, 0));
    }

    private String said() {
        return members.entrySet().stream()
                .map(entry -> entry.getKey() + " said "
                        + entry.getValue().lines().stream()
                                .filter(line -> !line.startsWith("ok "))
                                .toList())
                .collect(Collectors.joining("\n"));
    }

    /** Has one line acknowledged by whoever leads, again and again until it is. */
    void write(String line) throws IOException, InterruptedException {
        for (int attempt = 0; attempt < 100; attempt++) {
            ChildJvm leader = member(awaitLeader());
            int from = leader.lines().size();
            leader.send("write " + line);
            String answer = leader.awaitLine(from, said -> said.endsWith(" " + line), PATIENCE, "an answer to " + line);
            if (answer.startsWith("ok ")) {
                return;
            }
        }
        throw new AssertionError("'" + line + "' was not acknowledged: " + said());
    }

    /** What a member has applied. */
    List<String> dump(int id) throws IOException, InterruptedException {
        Path file = folder.resolve("dump-" + ++starts);
        member(id).send("dump " + file);
        member(id).awaitLine("dumped " + file, PATIENCE);
        return Files.readAllLines(file);
    }

    /** What all members have applied, once they have all applied {@code last}. */
    List<String> agreement(String last) throws IOException, InterruptedException {
        List<String> all = dump(awaitLeader());
        for (int id = 1; id <= 3; id++) {
            List<String> own = dump(id);
            for (long end = System.nanoTime() + PATIENCE.toNanos(); !own.contains(last); own = dump(id)) {
                if (System.nanoTime() > end) {
                    throw new AssertionError("member " + id + " has not applied '" + last + "': " + said());
                }
            }
            int common = Math.min(own.size(), all.size());
            if (!own.subList(0, common).equals(all.subList(0, common))) {
                throw new AssertionError("member " + id + " has applied something else");
            }
        }
        return all;
    }

    @Override
    public void close() {
        members.values().forEach(ChildJvm::close);
    }
}
