package io.conclave.backend.etcd.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One member: its ports, its files, and its process while it runs. */
final class EtcdMember {
    final String name;
    final int clientPort = Ports.free();
    final int peerPort = Ports.free();
    private final Path home;
    private @Nullable ServerProcess process;

    EtcdMember(int index, Path directory) {
        name = "member-" + index;
        home = directory.resolve(name);
    }

    String peerUrl() {
        return "http://127.0.0.1:" + peerPort;
    }

    /** Starts it with what it has kept. The command lacks only what is the member's own. */
    synchronized void start(List<String> common, boolean tls) {
        if (process != null) {
            throw new IllegalStateException(name + " runs already");
        }
        String clientUrl = (tls ? "https" : "http") + "://127.0.0.1:" + clientPort;
        List<String> command = new ArrayList<>(common);
        command.addAll(List.of("--name", name, "--data-dir", data().toString()));
        command.addAll(List.of("--listen-client-urls", clientUrl, "--advertise-client-urls", clientUrl));
        command.addAll(List.of("--listen-peer-urls", peerUrl(), "--initial-advertise-peer-urls", peerUrl()));
        try {
            Files.createDirectories(home);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        process = new ServerProcess(command, log());
    }

    synchronized ServerProcess process() {
        if (process == null) {
            throw new IllegalStateException(name + " does not run");
        }
        return process;
    }

    synchronized boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Fails, with what it said, if it has ended by itself. */
    void requireAlive() {
        if (!isAlive()) {
            try {
                throw new IllegalStateException(name + " has ended: " + Files.readString(log()));
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
        }
    }

    synchronized void kill() {
        if (process != null) {
            process.kill();
            process = null;
        }
    }

    /** Kills it and forgets what it has kept. */
    void wipe() {
        kill();
        delete(data());
    }

    private Path log() {
        return home.resolve("log");
    }

    private Path data() {
        return home.resolve("data");
    }

    static void delete(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
