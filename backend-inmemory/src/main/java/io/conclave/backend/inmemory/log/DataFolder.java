package io.conclave.backend.inmemory.log;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A member's data folder: locked by one process at a time, readable by its owner only, and bound to one place in one group of members.
 *
 * <p>{@code lock} is locked while in use, {@code members} tells whose folder it is, {@code vote}, {@code log} and {@code snapshot} belong to those who write them.
 */
final class DataFolder implements AutoCloseable {
    static final String LOG = "log";
    static final String VOTE = "vote";
    static final String SNAPSHOT = "snapshot";
    static final String MEMBERS = "members";

    private final Path path;
    private final FileChannel lockFile;
    private final boolean wasEmpty;

    private DataFolder(Path path, FileChannel lockFile, boolean wasEmpty) {
        this.path = path;
        this.lockFile = lockFile;
        this.wasEmpty = wasEmpty;
    }

    /**
     * Takes the folder.
     *
     * @throws IOException if another process, or another member in this one, has it, or if it belongs to another member
     */
    static DataFolder open(LogSpec spec) throws IOException {
        PrivateFiles.makeFolder(spec.folder());
        Path path = spec.folder().toRealPath();
        FileChannel lockFile =
                PrivateFiles.open(path.resolve("lock"), Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE));
        try {
            if (!lock(lockFile)) {
                throw new IOException("the data folder " + path + " is in use by another member or process");
            }
            boolean wasEmpty = claim(path, spec);
            return new DataFolder(path, lockFile, wasEmpty);
        } catch (IOException | RuntimeException failure) {
            lockFile.close();
            throw failure;
        }
    }

    private static boolean lock(FileChannel file) throws IOException {
        try {
            @Nullable FileLock lock = file.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException heldByThisProcess) {
            return false;
        }
    }

    /** Writes whose folder it is, or compares. True if it was empty. */
    private static boolean claim(Path path, LogSpec spec) throws IOException {
        StringBuilder text = new StringBuilder("conclave members 1\nmember " + spec.memberId() + "\n");
        new TreeMap<>(spec.members())
                .forEach((id, address) -> text.append(id)
                        .append('=')
                        .append(address.getAddress().getHostAddress())
                        .append(':')
                        .append(address.getPort())
                        .append('\n'));
        Path file = path.resolve(MEMBERS);
        if (!Files.exists(file)) {
            for (String other : Set.of(LOG, VOTE, SNAPSHOT, VotingRight.FILE)) {
                if (Files.exists(path.resolve(other))) {
                    throw new CorruptLogException(file, "it is missing, but there is a " + other);
                }
            }
            PrivateFiles.replace(
                    file, text.toString().getBytes(StandardCharsets.UTF_8), spec.durability() == Durability.FSYNC);
            return true;
        }
        String found = Files.readString(file);
        if (!found.contentEquals(text)) {
            throw new IOException("the data folder " + path + " belongs to another member or group. There:\n" + found
                    + "Asked for:\n" + text);
        }
        boolean tookPart = Files.exists(path.resolve(VOTE));
        Path mark = path.resolve(LOG).resolve(SegmentLog.MARK);
        if (tookPart && !Files.exists(mark)) {
            throw new CorruptLogException(mark, "it is missing, but this member has taken part before");
        }
        return !tookPart;
    }

    Path resolve(String name) {
        return path.resolve(name);
    }

    /** Whether this member had never taken part before this start. */
    boolean wasEmpty() {
        return wasEmpty;
    }

    @Override
    public void close() throws IOException {
        lockFile.close(); // gives the lock up
    }
}
