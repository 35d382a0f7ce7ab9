package io.conclave.backend.inmemory.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * The file that says which entries the segments must hold: the first that counts, and the last that may have been acknowledged. It is mapped into memory, so setting it costs no system call and survives the
 * death of the process as the segments do.
 *
 * <p>The mark moves up after entries were written and before they are acknowledged, and down before entries are removed. So a log that ends below its mark has lost entries that somebody may count on, and one that ends
 * above it has only more than it needs.
 *
 * <p>Layout: magic {@code CNVM} and format version (int each), then two slots of sequence, first, last (long each) and the CRC-32C of these (int), padded to 32 bytes. The valid slot with the higher sequence counts; they
 * are written in turn, so that one is whole at any moment.
 */
final class LogMark implements AutoCloseable {
    private static final int MAGIC = 0x434e564d;
    private static final int VERSION = 1;
    private static final int HEADER = 8;
    private static final int SLOT = 32;
    private static final int SLOT_USED = 24;
    private static final int SIZE = HEADER + 2 * SLOT;

    private final FileChannel channel;
    private final MappedByteBuffer map;
    private long sequence;
    private long first;
    private long last;

    private LogMark(FileChannel channel, MappedByteBuffer map) {
        this.channel = channel;
        this.map = map;
    }

    /** A new one, for a log that holds nothing and begins with entry 1. */
    static LogMark create(Path file) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.deleteIfExists(next);
        try (LogMark mark = map(next, true)) {
            mark.map.putInt(0, MAGIC);
            mark.map.putInt(4, VERSION);
            mark.set(1, 0);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        return open(file);
    }

    static LogMark open(Path file) throws IOException {
        if (Files.size(file) != SIZE) {
            throw new CorruptLogException(file, "it has " + Files.size(file) + " bytes and not " + SIZE);
        }
        LogMark mark = map(file, false);
        if (mark.map.getInt(0) != MAGIC || mark.map.getInt(4) != VERSION) {
            mark.close();
            throw new CorruptLogException(file, "it is no mark of format " + VERSION);
        }
        boolean lower = mark.load(0);
        if (!mark.load(1) && !lower) {
            mark.close();
            throw new CorruptLogException(file, "neither slot is whole");
        }
        return mark;
    }

    private static LogMark map(Path file, boolean create) throws IOException {
        FileChannel channel = PrivateFiles.open(
                file,
                create
                        ? Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)
                        : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
        return new LogMark(channel, channel.map(FileChannel.MapMode.READ_WRITE, 0, SIZE));
    }

    private boolean load(int slot) {
        int at = HEADER + slot * SLOT;
        byte[] bytes = new byte[SLOT_USED];
        map.get(at, bytes);
        if (map.getInt(at + SLOT_USED) != PrivateFiles.checksum(bytes, 0, SLOT_USED)) {
            return false;
        }
        ByteBuffer values = ByteBuffer.wrap(bytes);
        long found = values.getLong();
        if (found > sequence) {
            sequence = found;
            first = values.getLong();
            last = values.getLong();
        }
        return true;
    }

    long first() {
        return first;
    }

    long last() {
        return last;
    }

    void set(long newFirst, long newLast) {
        if (newFirst == first && newLast == last) {
            return;
        }
        sequence++;
        first = newFirst;
        last = newLast;
        byte[] bytes = ByteBuffer.allocate(SLOT_USED)
                .putLong(sequence)
                .putLong(first)
                .putLong(last)
                .array();
        int at = HEADER + (int) (sequence & 1) * SLOT;
        map.put(at, bytes);
        map.putInt(at + SLOT_USED, PrivateFiles.checksum(bytes, 0, SLOT_USED));
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
