package io.conclave.it.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The wall clock of child processes, through libfaketime: it can be stepped while they run. Their monotonic clock goes on. */
public final class WallClock {
    private static final List<String> DIRECTORIES = List.of("/usr/lib", "/usr/lib64", "/usr/local/lib");

    private final Path library;
    private final Path file;

    private WallClock(Path library, Path file) {
        this.library = library;
        this.file = file;
    }

    /** A clock that is right, for now. Skips the test where there is no libfaketime. */
    public static WallClock right() throws IOException {
        Optional<Path> library = find();
        Assumptions.assumeTrue(library.isPresent(), "machine: libfaketime is not installed");
        Path file = Files.createDirectories(ChildProcess.workDirectory("clock")).resolve("offset");
        WallClock clock = new WallClock(library.orElseThrow(), file);
        clock.setAhead(Duration.ZERO);
        return clock;
    }

    /** What a process needs to have this clock. */
    public Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD", library.toString(),
                "FAKETIME_TIMESTAMP_FILE", file.toString(),
                "FAKETIME_NO_CACHE", "1",
                "DONT_FAKE_MONOTONIC", "1",
                // else waits for a time end at once
                "FAKETIME_FORCE_MONOTONIC_FIX", "0");
    }

    /** From now on ahead of the machine's by this much. */
    public void setAhead(Duration ahead) throws IOException {
        Path whole = file.resolveSibling("next");
        Files.writeString(whole, String.format("%+d%n", ahead.toSeconds()));
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static Optional<Path> find() throws IOException {
        for (String directory : DIRECTORIES) {
            if (Files.isDirectory(Path.of(directory))) {
                // With Debian the name of the architecture stands between.
                try (Stream<Path> below = Files.list(Path.of(directory))) {
                    Optional<Path> found = Stream.concat(Stream.of(Path.of(directory)), below.sorted())
                            .map(parent -> parent.resolve("faketime/libfaketimeMT.so.1"))
                            .filter(Files::isReadable)
                            .findFirst();
                    if (found.isPresent()) {
                        return found;
                    }
                }
            }
        }
        return Optional.empty();
    }
}
