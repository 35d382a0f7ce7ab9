package io.conclave.backend.etcd.testing;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The etcd server of this machine: what {@code CONCLAVE_ETCD} names, else {@code etcd} on the {@code PATH}. */
final class EtcdBinary {
    private static final String VARIABLE = "CONCLAVE_ETCD";

    private EtcdBinary() {}

    /** Skips the test if there is none. */
    static Path require() {
        Optional<Path> found = find();
        Assumptions.assumeTrue(
                found.isPresent(),
                "machine: no etcd server on the PATH nor in " + VARIABLE + ", so no test on etcd was run");
        return found.orElseThrow();
    }

    private static Optional<Path> find() {
        String named = System.getenv().getOrDefault(VARIABLE, "");
        if (named.isBlank()) {
            return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                    .map(directory -> Path.of(directory, "etcd"))
                    .filter(EtcdBinary::isProgram)
                    .findFirst();
        }
        Path path = Path.of(named);
        if (!isProgram(path)) {
            throw new IllegalStateException(VARIABLE + " names " + named + ", which is no program");
        }
        return Optional.of(path);
    }

    private static boolean isProgram(Path path) {
        return Files.isRegularFile(path) && Files.isExecutable(path);
    }
}
