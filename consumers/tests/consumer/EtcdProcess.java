package consumer;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** One etcd server on free ports of 127.0.0.1. It may still be starting; its end is that of the shell that reads from this JVM. */
final class EtcdProcess implements AutoCloseable {
    private static final long END_SECONDS = 20;
    /** Kills the server when its input ends: when it is closed here, or this JVM is gone. */
    private static final String GUARD = "\"$@\" </dev/null & server=$!; read -r over; kill -9 $server; wait $server";

    private static final int ATTEMPTS_MAX = 1_000;
    private static final int PORTS = 5_000;

    private final int port = freePort(15_000);
    private final Process shell;

    /** Skips the test where there is no etcd. */
    EtcdProcess() throws IOException {
        Optional<Path> program = find();
        Assumptions.assumeTrue(
                program.isPresent(),
                "machine: no etcd server on the PATH nor in CONCLAVE_ETCD, so no test on etcd was run");
        String client = "http://" + address();
        String peer = "http://127.0.0.1:" + freePort(20_000);
        Path home = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "etcd-");
        List<String> command = new ArrayList<>(List.of("sh", "-c", GUARD, "etcd"));
        command.addAll(List.of(program.orElseThrow().toString(), "--name", "one"));
        command.addAll(List.of("--data-dir", home.resolve("data").toString()));
        command.addAll(List.of("--listen-client-urls", client, "--advertise-client-urls", client));
        command.addAll(List.of("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer));
        command.addAll(List.of("--initial-cluster", "one=" + peer, "--logger", "zap", "--log-outputs", "stderr"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("log").toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("ETCD_"));
        shell = builder.start();
    }

    String address() {
        return "127.0.0.1:" + port;
    }

    String url() {
        return "etcd://" + address() + "/consumer";
    }

    @Override
    public void close() throws IOException, InterruptedException {
        shell.getOutputStream().close();
        if (!shell.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("etcd does not end");
        }
    }

    private static Optional<Path> find() {
        String named = System.getenv().getOrDefault("CONCLAVE_ETCD", "");
        if (!named.isBlank()) {
            return Optional.of(Path.of(named));
        }
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(directory -> Path.of(directory, "etcd"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Ports below those that the system gives to outgoing connections. */
    private static int freePort(int lowest) {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            int candidate = ThreadLocalRandom.current().nextInt(lowest, lowest + PORTS);
            try (ServerSocket socket = new ServerSocket(candidate, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException taken) {
                continue;
            }
        }
        throw new IllegalStateException("no free port in " + ATTEMPTS_MAX + " attempts");
    }
}
