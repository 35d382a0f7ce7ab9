package io.conclave.it.support;

import io.conclave.backend.inmemory.MemberProcess;
import io.conclave.backend.inmemory.MemberStatus;
import io.conclave.backend.inmemory.StoreCluster;
import io.conclave.spi.BackendUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Members of a replicated store, each a process of its own, with a proxy before each that cuts its clients off. Numbered from 0; the member's id is one more. */
public final class MemberServers implements Servers {
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration ASK_LIMIT = Duration.ofMillis(2_500);

    private final Path directory = ChildProcess.workDirectory("members");
    private final int electionMillis;
    private final int snapshotEntries;
    private final String heap;
    private final List<Member> members = new ArrayList<>();

    private final class Member {
        private final int index;
        private final int port = Ports.free();
        private final int peerPort = Ports.free();
        private final FaultProxy proxy = FaultProxy.opaque(port);
        private ChildJvm process;

        Member(int index) throws IOException {
            this.index = index;
        }

        Path folder() {
            return directory.resolve("member-" + (index + 1));
        }
    }

    private MemberServers(int count, int electionMillis, int snapshotEntries, String heap)
            throws IOException, InterruptedException {
        this.electionMillis = electionMillis;
        this.snapshotEntries = snapshotEntries;
        this.heap = heap;
        try {
            Files.createDirectories(directory);
            for (int i = 0; i < count; i++) {
                members.add(new Member(i));
            }
            startAll();
        } catch (IOException | InterruptedException | RuntimeException | Error failed) {
            close();
            throw failed;
        }
    }

    /** Three members with elections after 300 ms, serving. */
    public static MemberServers three() throws IOException, InterruptedException {
        return new MemberServers(3, 300, 5_000, "160m");
    }

    /** Three with another number of entries between snapshots, and another heap. */
    public static MemberServers three(int snapshotEntries, String heap) throws IOException, InterruptedException {
        return new MemberServers(3, 300, snapshotEntries, heap);
    }

    @Override
    public int count() {
        return members.size();
    }

    @Override
    public String url(String namespace, Duration sessionTimeout) {
        return url(namespace) + "?sessionTimeout=" + sessionTimeout.toMillis() + "ms";
    }

    private String url(String namespace) {
        return "inmemory://"
                + members.stream().map(member -> member.proxy.host()).collect(Collectors.joining(",")) + namespace;
    }

    /** How each member is, asked at the member itself. */
    public List<MemberStatus> status() throws InterruptedException {
        String direct =
                members.stream().map(member -> "127.0.0.1:" + member.port).collect(Collectors.joining(","));
        return StoreCluster.of(BackendUrl.parse("inmemory://" + direct)).status(ASK_LIMIT);
    }

    @Override
    public int leader() throws InterruptedException {
        int[] found = {-1};
        Await.until(
                () -> {
                    found[0] = leadsNow();
                    return found[0] >= 0;
                },
                START_LIMIT,
                "a member leads; their files are in " + directory);
        return found[0];
    }

    private int leadsNow() throws InterruptedException {
        return status().stream()
                .filter(MemberStatus::isLeading)
                .max(Comparator.comparingLong(
                        each -> Long.parseLong(each.facts().get("term"))))
                .map(each -> each.member() - 1)
                .orElse(-1);
    }

    @Override
    public void kill(int index) throws InterruptedException {
        members.get(index).process.kill();
    }

    @Override
    public void restart(int index) throws IOException {
        Member member = members.get(index);
        String all = members.stream()
                .map(each -> (each.index + 1) + "=" + each.proxy.host() + "/" + each.peerPort)
                .collect(Collectors.joining(","));
        member.process = ChildJvm.start(
                "member " + (index + 1),
                heap,
                MemberProcess.class.getName(),
                Map.of(),
                List.of(
                        Integer.toString(index + 1),
                        "127.0.0.1:" + member.port,
                        all,
                        member.folder().toString(),
                        Integer.toString(electionMillis),
                        Integer.toString(snapshotEntries)));
    }

    /** Starts all that do not run, and waits until they serve. */
    public void startAll() throws IOException, InterruptedException {
        for (Member member : members) {
            if (member.process == null || !member.process.isAlive()) {
                restart(member.index);
            }
        }
        for (Member member : members) {
            awaitServing(member.index);
        }
    }

    /** SIGKILL to all. */
    public void killAll() throws InterruptedException {
        for (Member member : members) {
            member.process.kill();
        }
    }

    /** Ends one in order, and waits for its end. */
    public void stop(int index) throws IOException, InterruptedException {
        members.get(index).process.send("close");
        members.get(index).process.awaitExitCode(0, START_LIMIT);
    }

    /** Removes what one that does not run has kept. */
    public void wipe(int index) throws IOException {
        try (Stream<Path> files = Files.walk(members.get(index).folder())) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Override
    public void pause(int index) throws InterruptedException {
        members.get(index).process.pause();
    }

    @Override
    public void resume(int index) throws InterruptedException {
        members.get(index).process.resume();
    }

    /** One member and the others hear each other no more. */
    public void isolate(int index) throws IOException {
        String others = IntStream.range(0, count())
                .filter(other -> other != index)
                .mapToObj(other -> Integer.toString(other + 1))
                .collect(Collectors.joining(","));
        order(index, "cut " + others);
    }

    /** Delays all that a member says and hears. */
    public void slow(int index, long millis) throws IOException {
        order(index, "slow " + millis);
    }

    /** Ends {@link #isolate} and {@link #slow}. */
    public void rejoin(int index) throws IOException {
        order(index, "heal");
    }

    /** The heap of one member after a collection. */
    public long heap(int index) throws IOException, InterruptedException {
        ChildJvm process = members.get(index).process;
        int from = process.lines().size();
        process.send("heap");
        String line = process.awaitLine(from, each -> each.startsWith("HEAP "), START_LIMIT, "its heap");
        return Long.parseLong(line.substring("HEAP ".length()));
    }

    private void order(int index, String line) throws IOException {
        if (members.get(index).process.isAlive()) {
            members.get(index).process.send(line);
        }
    }

    /** What happens to the bytes between clients and one member. */
    public void clients(int index, FaultProxy.Mode mode) throws IOException {
        members.get(index).proxy.mode(mode);
    }

    /** Whether the process of one runs. */
    public boolean isAlive(int index) {
        return members.get(index).process.isAlive();
    }

    /** Waits until one knows who leads, itself or another. */
    @Override
    public void awaitServing(int index) throws InterruptedException {
        Await.until(
                () -> {
                    MemberStatus status = status().get(index);
                    if (!members.get(index).process.isAlive()) {
                        throw new AssertionError("member " + (index + 1) + " has ended: "
                                + members.get(index).process.lines());
                    }
                    return status.isReached()
                            && !status.facts().getOrDefault("leader", "").isEmpty();
                },
                START_LIMIT,
                "member " + (index + 1) + " knows who leads; its files are in " + directory);
    }

    /** Faults on single requests are for the backend's own tests, which read its protocol. */
    @Override
    public ServerBehindProxy behindProxy() {
        throw new IllegalStateException("the proxy of a replicated store is in the tests of its module");
    }

    @Override
    public void close() {
        for (Member member : members) {
            if (member.process != null) {
                member.process.close();
            }
            member.proxy.close();
        }
    }
}
