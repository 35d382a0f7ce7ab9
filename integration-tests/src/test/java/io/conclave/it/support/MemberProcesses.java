package io.conclave.it.support;

import io.conclave.backend.inmemory.testing.RawClient;
import io.conclave.backend.inmemory.testing.StoreMembers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Members of a replicated store, each a process of its own with a data folder of its own. */
public final class MemberProcesses implements Servers, StoreMembers {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int ELECTION_MILLIS = 1_000;

    private final Path folder = ChildProcess.workDirectory("members");
    private final List<Integer> ports = new ArrayList<>();
    private final List<ChildJvm> processes = new ArrayList<>();
    private final String members;

    private MemberProcesses(int count) {
        List<String> addresses = new ArrayList<>();
        for (int id = 1; id <= count; id++) {
            ports.add(Ports.free());
            addresses.add(id + "=127.0.0.1:" + ports.get(id - 1) + "/" + Ports.free());
        }
        members = String.join(",", addresses);
        try {
            for (int index = 0; index < count; index++) {
                processes.add(start(index));
            }
            awaitAll();
        } catch (IOException | InterruptedException | AssertionError failed) {
            close();
            throw new IllegalStateException("the members did not start", failed);
        }
    }

    /** One member, serving. */
    public static MemberProcesses one() {
        return new MemberProcesses(1);
    }

    /** Three members, serving. */
    public static MemberProcesses three() {
        return new MemberProcesses(3);
    }

    /** Five members, serving. */
    public static MemberProcesses five() {
        return new MemberProcesses(5);
    }

    private ChildJvm start(int index) throws IOException {
        return ChildJvm.start(
                "member " + (index + 1),
                MemberMain.class,
                String.valueOf(index + 1),
                members,
                folder.resolve("m" + (index + 1)).toString(),
                String.valueOf(ELECTION_MILLIS));
    }

    private void awaitAll() throws InterruptedException {
        leader();
        for (int index = 0; index < count(); index++) {
            awaitServing(index);
        }
    }

    /** The facts of a member's own status. */
    public Map<String, String> status(int index) throws IOException {
        return RawClient.status(ports.get(index));
    }

    /** The URL of a namespace on these hosts: some of the members, or proxies before them. */
    public static String url(String hosts, String namespace, Duration sessionTimeout) {
        return "inmemory://" + hosts + namespace + "?sessionTimeout=" + sessionTimeout.toMillis() + "ms";
    }

    @Override
    public List<Integer> ports() {
        return List.copyOf(ports);
    }

    @Override
    public int count() {
        return ports.size();
    }

    @Override
    public String url(String namespace, Duration sessionTimeout) {
        String hosts = ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
        return url(hosts, namespace, sessionTimeout);
    }

    @Override
    public int leader() throws InterruptedException {
        int[] found = {-1};
        Await.until(
                () -> {
                    for (int index = 0; index < count(); index++) {
                        if (isServing(index)) {
                            found[0] = index;
                        }
                    }
                    return found[0] >= 0;
                },
                LIMIT,
                "a member leads");
        return found[0];
    }

    private boolean isServing(int index) {
        try {
            return processes.get(index).isAlive() && "true".equals(status(index).get("serving"));
        } catch (IOException | RuntimeException notNow) {
            return false;
        }
    }

    @Override
    public void kill(int index) throws InterruptedException {
        processes.get(index).kill();
    }

    @Override
    public void restart(int index) throws IOException {
        processes.set(index, start(index));
    }

    @Override
    public void pause(int index) throws InterruptedException {
        processes.get(index).pause();
    }

    @Override
    public void resume(int index) throws InterruptedException {
        processes.get(index).resume();
    }

    /** It knows who leads: then it serves, or sends clients there. */
    @Override
    public void awaitServing(int index) throws InterruptedException {
        Await.until(
                () -> {
                    Map<String, String> status = status(index);
                    return count() == 1
                            ? "true".equals(status.get("serving"))
                            : !status.getOrDefault("leader", "").isEmpty();
                },
                LIMIT,
                "member " + (index + 1) + " serves");
    }

    @Override
    public ServerBehindProxy behindProxy() throws IOException {
        return new MemberBehindProxy(this);
    }

    @Override
    public boolean restartAll() {
        return again(false);
    }

    @Override
    public boolean startFromNothing() {
        return again(true);
    }

    private boolean again(boolean fromNothing) {
        try {
            for (ChildJvm process : processes) {
                process.kill();
            }
            if (fromNothing) {
                delete(folder);
                Await.pause(Duration.ofMillis(1_100).toNanos()); // a store begins at the second in which it is made
            }
            for (int index = 0; index < count(); index++) {
                restart(index);
            }
            awaitAll();
            return true;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void delete(Path tree) throws IOException {
        if (Files.exists(tree)) {
            try (Stream<Path> paths = Files.walk(tree)) {
                for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    @Override
    public void close() {
        processes.forEach(ChildJvm::close);
        try {
            delete(folder);
        } catch (IOException left) {
            throw new UncheckedIOException(left);
        }
    }
}
