package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.fencing.FencingGate;
import io.conclave.fencing.StaleTokenException;
import io.conclave.it.support.Await;
import io.conclave.it.support.ChildJvm;
import io.conclave.it.support.ChildProcess;
import io.conclave.it.support.Figures;
import io.conclave.it.support.Servers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The faults and the judgement of one story: processes append lines to one file while they hold one lock on three servers; holders are killed, one is stopped beyond its session and
 * continued, the leader of the servers is killed and started again, one that follows is frozen for a while.
 *
 * <p>Lines are {@code BEGIN token pid seconds} on entry and {@code END token pid seconds} on leaving, written with O_APPEND, so their order in the file is the order in real time. The process
 * id is that of the writer: the holder's JVM or a command that it runs. Seconds are of a monotonic clock of the machine.
 */
final class AppendStory {
    static final Duration SESSION = Duration.ofSeconds(4);
    static final String LOCK = "/story/lock";

    private static final Duration STEP_LIMIT = Duration.ofSeconds(40);
    private static final long CALM_NANOS = TimeUnit.MILLISECONDS.toNanos(700);
    private static final long OUTAGE_NANOS = TimeUnit.MILLISECONDS.toNanos(1_000);
    private static final long FREEZE_NANOS = TimeUnit.MILLISECONDS.toNanos(3_000);
    private static final Duration GAP_MAX = SESSION.plusSeconds(5);

    private final String name;
    private final Servers servers;
    private final List<Fault> faults;
    private final Path file;
    private final Supplier<List<ChildJvm>> processes;
    private final Set<Long> killed = new HashSet<>();
    private final Set<Long> stopped = new HashSet<>();
    private final List<Line> read = new ArrayList<>();
    private long readUpTo;
    private int leadersKilled;
    private int followersFrozen;

    /** What is done to processes and servers. */
    enum Fault {
        KILL_HOLDER,
        STOP_HOLDER,
        KILL_LEADER,
        FREEZE_FOLLOWER
    }

    /** One line of the file. */
    record Line(boolean begin, long token, long pid, double seconds) {
        static Line parse(String text) {
            String[] parts = text.split(" ", -1);
            return new Line(
                    parts[0].equals("BEGIN"),
                    Long.parseLong(parts[1]),
                    Long.parseLong(parts[2]),
                    Double.parseDouble(parts[3]));
        }
    }

    /** A holder: its last line has begun and not ended. */
    private record Holder(ChildJvm process, Line begin) {
        private boolean runsCommand() {
            return begin.pid != process.pid();
        }

        /** False if it has ended by itself meanwhile; then nothing is stopped. */
        boolean stop() throws InterruptedException {
            if (runsCommand() && !ChildProcess.trySignal("STOP", begin.pid)) {
                return false;
            }
            if (ChildProcess.trySignal("STOP", process.pid())) {
                return true;
            }
            if (runsCommand()) {
                ChildProcess.signal("CONT", begin.pid);
            }
            return false;
        }

        void killAll() throws InterruptedException {
            process.killTree();
        }
    }

    /**
     * @param faults one round of them
     * @param processes those that run now
     */
    AppendStory(String name, Servers servers, List<Fault> faults, Path file, Supplier<List<ChildJvm>> processes) {
        this.name = name;
        this.servers = servers;
        this.faults = faults;
        this.file = file;
        this.processes = processes;
    }

    /** Plays the faults in turn, each once at least, until the time is over; returns when grants follow each other again. */
    void play(Duration time) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        awaitGrants(3);
        for (int event = 0; event < faults.size() || System.nanoTime() < end; event++) {
            Await.pause(CALM_NANOS);
            switch (faults.get(event % faults.size())) {
                case KILL_HOLDER -> killHolder();
                case STOP_HOLDER -> stopHolder();
                case KILL_LEADER -> killLeader();
                case FREEZE_FOLLOWER -> freezeFollower();
            }
            awaitGrants(2);
        }
    }

    private void killHolder() throws Exception {
        while (true) {
            Holder holder = awaitHolder();
            if (!ChildProcess.trySignal("STOP", holder.process.pid())) {
                continue; // it has ended by itself
            }
            if (stillHolds(holder)) { // stopped, it cannot leave between the look and the kill
                killed.add(holder.begin.token);
                holder.killAll();
                return;
            }
            holder.process.resume();
        }
    }

    private void stopHolder() throws Exception {
        Holder holder = awaitHolder();
        for (boolean found = false; !found; ) {
            boolean stoppedIt = holder.stop();
            found = stoppedIt && stillHolds(holder);
            if (!found) {
                if (stoppedIt) {
                    resume(holder);
                }
                holder = awaitHolder();
            }
        }
        stopped.add(holder.begin.token);
        awaitGrants(2);
        resume(holder);
        long token = holder.begin.token;
        Await.until(
                () -> lines().stream().anyMatch(line -> !line.begin && line.token == token),
                STEP_LIMIT,
                "the stopped process writes with its old token");
    }

    /** The command first, if there is one, so that it writes before anybody can end it; one that had written its last line when it was stopped may be gone. */
    private void resume(Holder holder) throws Exception {
        if (holder.runsCommand()) {
            ChildProcess.trySignal("CONT", holder.begin.pid);
            long token = holder.begin.token;
            Await.until(
                    () -> lines().stream().anyMatch(line -> !line.begin && line.token == token),
                    STEP_LIMIT,
                    "the continued command writes");
        }
        holder.process.resume();
    }

    private void killLeader() throws Exception {
        int leader = servers.leader();
        servers.kill(leader);
        leadersKilled++;
        Await.pause(OUTAGE_NANOS);
        servers.restart(leader);
        servers.awaitServing(leader);
    }

    /** Its clients must find another server, and their sessions live on. */
    private void freezeFollower() throws Exception {
        int follower = servers.follower();
        servers.pause(follower);
        followersFrozen++;
        try {
            Await.pause(FREEZE_NANOS);
        } finally {
            servers.resume(follower);
        }
        servers.awaitServing(follower);
    }

    private Holder awaitHolder() throws InterruptedException {
        List<Holder> found = new ArrayList<>();
        Await.until(() -> holder().map(found::add).orElse(false), STEP_LIMIT, "somebody holds the lock");
        return found.get(0);
    }

    private Optional<Holder> holder() throws IOException {
        List<Line> lines = lines();
        if (lines.isEmpty() || !lines.get(lines.size() - 1).begin) {
            return Optional.empty();
        }
        Line last = lines.get(lines.size() - 1);
        return processes.get().stream()
                .filter(process -> process.isAlive()
                        && (process.pid() == last.pid
                                || process.descendants().stream().anyMatch(child -> child.pid() == last.pid)))
                .findFirst()
                .map(process -> new Holder(process, last));
    }

    private boolean stillHolds(Holder holder) throws IOException {
        List<Line> lines = lines();
        return lines.get(lines.size() - 1).equals(holder.begin);
    }

    private void awaitGrants(int more) throws Exception {
        long before = grants();
        Await.until(() -> grants() >= before + more, STEP_LIMIT, more + " more grants came");
    }

    private long grants() throws IOException {
        return lines().stream().filter(Line::begin).count();
    }

    /** All complete lines so far; reads what is new. */
    private synchronized List<Line> lines() throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer fresh = ByteBuffer.allocate((int) (channel.size() - readUpTo));
            channel.read(fresh, readUpTo);
            String text = new String(fresh.array(), 0, fresh.position(), StandardCharsets.US_ASCII);
            String complete = text.substring(0, text.lastIndexOf('\n') + 1);
            complete.lines().map(Line::parse).forEach(read::add);
            readUpTo += complete.length();
        }
        return List.copyOf(read);
    }

    /** How many processes were stopped beyond their session. */
    int stopped() {
        return stopped.size();
    }

    /** Judges the file. */
    void judge() throws IOException {
        List<Line> lines = lines();
        List<Line> begins = lines.stream().filter(Line::begin).toList();
        assertThat(begins).extracting(Line::token).as("each token once").doesNotHaveDuplicates();
        assertThat(begins)
                .extracting(Line::token)
                .as("tokens rise in the order of the grants")
                .isSorted();
        Set<Long> refused = refusedByGate(lines);
        assertThat(refused)
                .as("the gate refused the stopped processes, and nobody else")
                .isEqualTo(stopped);
        assertNoOverlap(lines);
        double gap = 0;
        for (int i = 1; i < begins.size(); i++) {
            gap = Math.max(gap, begins.get(i).seconds - begins.get(i - 1).seconds);
        }
        Figures.print(
                name,
                "%d grants in %.1f s, %d holders killed, %d stopped, %d leaders killed, %d followers frozen, %d lines refused by the gate, longest gap %.2f s (at most %d s)",
                begins.size(),
                begins.get(begins.size() - 1).seconds - begins.get(0).seconds,
                killed.size(),
                stopped.size(),
                leadersKilled,
                followersFrozen,
                refused.size(),
                gap,
                GAP_MAX.toSeconds());
        assertThat(gap).as("longest time between two grants").isLessThanOrEqualTo(GAP_MAX.toNanos() / 1e9);
    }

    private static Set<Long> refusedByGate(List<Line> lines) {
        FencingGate gate = FencingGate.inMemory("the file");
        Set<Long> refused = new HashSet<>();
        for (Line line : lines) {
            try {
                gate.enterExclusive(line.token);
            } catch (StaleTokenException stale) {
                refused.add(line.token);
            }
        }
        return refused;
    }

    /** Between a BEGIN and its END stands no other line, but those after the BEGIN of a killed process and those around a stopped one's END. */
    private void assertNoOverlap(List<Line> lines) {
        Line inside = null;
        for (Line line : lines) {
            if (stopped.contains(line.token) && !line.begin) {
                continue;
            }
            boolean free = inside == null || killed.contains(inside.token) || stopped.contains(inside.token);
            if (line.begin) {
                assertThat(free).as("%s while inside: %s", line, inside).isTrue();
                inside = line;
            } else {
                assertThat(inside).as("the holder when %s was written", line).isNotNull();
                assertThat(line.token).as("the writer of %s is inside", line).isEqualTo(inside.token);
                inside = null;
            }
        }
    }
}
