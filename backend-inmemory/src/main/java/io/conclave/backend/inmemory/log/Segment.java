package io.conclave.backend.inmemory.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;

/**
 * One file of the log: entries with neighbouring numbers, in order.
 *
 * <p>Layout, big-endian: magic {@code CNVL}, format version (int each), number of the first entry (long), CRC-32C of these (int). Then records: length of the content (int), number (long), CRC-32C of the content (int), CRC-32C of the three
 * before (int), content. The head has a checksum of its own so that a damaged length is not taken for the end of the file.
 *
 * <p>Appended to and cut by one thread; read by others under the storage's lock.
 */
final class Segment implements AutoCloseable {
    static final int FILE_HEAD = 20;
    static final int RECORD_HEAD = 20;
    private static final int MAGIC = 0x434e564c;
    private static final int VERSION = 1;
    private static final int BUFFER = 1 << 16;
    private static final String SUFFIX = ".log";

    final Path file;
    final long first;
    private final FileChannel channel;
    /** Where each record begins. */
    private int[] offsets = new int[256];

    private int count;
    private int end;

    private Segment(Path file, long first, FileChannel channel) {
        this.file = file;
        this.first = first;
        this.channel = channel;
        this.end = FILE_HEAD;
    }

    static Path file(Path folder, long first) {
        return folder.resolve(String.format("%020d", first) + SUFFIX);
    }

    static boolean isSegment(Path file) {
        return file.getFileName().toString().matches("[0-9]{20}\\" + SUFFIX);
    }

    /** Makes an empty one. One of the same name that holds no record, left by a crash, is overwritten. */
    static Segment create(Path folder, long first) throws IOException {
        Path file = file(folder, first);
        FileChannel channel = PrivateFiles.open(
                file,
                Set.of(
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE));
        ByteBuffer head = ByteBuffer.allocate(FILE_HEAD);
        head.putInt(MAGIC).putInt(VERSION).putLong(first);
        head.putInt(PrivateFiles.checksum(head.array(), 0, FILE_HEAD - 4)).flip();
        PrivateFiles.writeFully(channel, head);
        return new Segment(file, first, channel);
    }

    /**
     * Opens one and checks every byte of it. What is left of a write that was under way when the process died is accepted at the end of the last segment, and cut off by {@link #cutTorn}. Anything else that is not as written is refused.
     *
     * @param mayBeTorn whether this is the last segment
     */
    static Segment open(Path file, boolean mayBeTorn) throws IOException {
        FileChannel channel = PrivateFiles.open(file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
        try {
            return scan(file, channel, mayBeTorn);
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    private static Segment scan(Path file, FileChannel channel, boolean mayBeTorn) throws IOException {
        long size = channel.size();
        if (size < FILE_HEAD || size > Integer.MAX_VALUE) {
            throw new CorruptLogException(file, 0, "a file of " + size + " bytes cannot be a segment");
        }
        ByteBuffer head = ByteBuffer.allocate(FILE_HEAD);
        readFully(channel, head, 0);
        long first = head.getLong(8);
        if (head.getInt(0) != MAGIC
                || head.getInt(4) != VERSION
                || head.getInt(FILE_HEAD - 4) != PrivateFiles.checksum(head.array(), 0, FILE_HEAD - 4)
                || !file.getFileName()
                        .equals(file(file.resolveSibling("."), first).getFileName())) {
            throw new CorruptLogException(file, 0, "its head is not that of this segment in format " + VERSION);
        }
        Segment segment = new Segment(file, first, channel);
        ByteBuffer window = ByteBuffer.allocate(BUFFER).limit(0);
        while (segment.end < size) {
            long left = size - segment.end;
            if (left < RECORD_HEAD) {
                return segment.torn(mayBeTorn);
            }
            window = segment.load(window, RECORD_HEAD);
            int length = segment.checkHead(window);
            if (left - RECORD_HEAD < length) {
                return segment.torn(mayBeTorn);
            }
            window = segment.load(window, RECORD_HEAD + length);
            segment.checkContent(window, length);
            window.position(window.position() + RECORD_HEAD + length);
            segment.added(RECORD_HEAD + length);
        }
        return segment;
    }

    /** Makes sure that the window holds so many bytes from the end of what was checked. */
    private ByteBuffer load(ByteBuffer window, int bytes) throws IOException {
        if (window.remaining() >= bytes) {
            return window;
        }
        ByteBuffer next = window.capacity() >= bytes ? window : ByteBuffer.allocate(Math.max(bytes, BUFFER));
        next.clear();
        while (next.position() < bytes && channel.read(next, end + next.position()) > 0) {
            // until there is enough, or the file ends
        }
        return next.flip();
    }

    private int checkHead(ByteBuffer window) throws IOException {
        int at = window.position();
        int length = window.getInt(at);
        if (window.getInt(at + 16) != PrivateFiles.checksum(window.slice(at, 16)) || length < 0) {
            throw new CorruptLogException(file, end, "the head of a record does not fit its checksum");
        }
        if (window.getLong(at + 4) != first + count) {
            throw new CorruptLogException(
                    file, end, "entry " + window.getLong(at + 4) + " stands where " + (first + count) + " belongs");
        }
        return length;
    }

    private void checkContent(ByteBuffer window, int length) throws IOException {
        int at = window.position();
        if (window.getInt(at + 12) != PrivateFiles.checksum(window.slice(at + RECORD_HEAD, length))) {
            throw new CorruptLogException(
                    file, end, "the content of entry " + (first + count) + " does not fit its checksum");
        }
    }

    private Segment torn(boolean mayBeTorn) throws IOException {
        if (!mayBeTorn) {
            throw new CorruptLogException(file, end, "its last record is not whole, and another segment follows");
        }
        return this;
    }

    /** Cuts off what an unfinished write has left behind. */
    void cutTorn() throws IOException {
        if (channel.size() > end) {
            channel.truncate(end);
        }
    }

    private void added(int bytes) {
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, count * 2);
        }
        offsets[count++] = end;
        end += bytes;
    }

    /** The last entry, or the one before the first if it is empty. */
    long last() {
        return first + count - 1;
    }

    int bytes() {
        return end;
    }

    /** The record of an entry, to be written by {@link #append}. */
    static ByteBuffer record(long index, byte[] content) {
        ByteBuffer record = ByteBuffer.allocate(RECORD_HEAD + content.length);
        record.putInt(content.length).putLong(index).putInt(PrivateFiles.checksum(content, 0, content.length));
        record.putInt(PrivateFiles.checksum(record.array(), 0, RECORD_HEAD - 4));
        return record.put(content).flip();
    }

    /** Appends records of the entries that follow the last, in one write. If it fails, nothing counts as appended. */
    void append(ByteBuffer[] records, int from, int to) throws IOException {
        int size = 0;
        for (int i = from; i < to; i++) {
            size += records[i].remaining();
        }
        ByteBuffer all = ByteBuffer.allocate(size);
        for (int i = from; i < to; i++) {
            all.put(records[i].duplicate());
        }
        all.flip();
        for (long at = end; all.hasRemaining(); ) {
            at += channel.write(all, at);
        }
        for (int i = from; i < to; i++) {
            added(records[i].remaining());
        }
    }

    void force() throws IOException {
        channel.force(false);
    }

    /** The content of an entry, checked again. */
    byte[] read(long index) throws IOException {
        int which = Math.toIntExact(index - first);
        int start = offsets[which];
        int length = (which + 1 < count ? offsets[which + 1] : end) - start;
        ByteBuffer record = ByteBuffer.allocate(length);
        readFully(channel, record, start);
        int content = length - RECORD_HEAD;
        if (record.getInt(0) != content
                || record.getLong(4) != index
                || record.getInt(12) != PrivateFiles.checksum(record.array(), RECORD_HEAD, content)) {
            throw new CorruptLogException(file, start, "entry " + index + " is not as it was written");
        }
        return Arrays.copyOfRange(record.array(), RECORD_HEAD, length);
    }

    private static void readFully(FileChannel channel, ByteBuffer into, long position) throws IOException {
        long at = position;
        while (into.hasRemaining()) {
            int read = channel.read(into, at);
            if (read < 0) {
                throw new IOException("the file ends at byte " + at + ", before it should");
            }
            at += read;
        }
        into.flip();
    }

    /** Removes all entries after the given one. */
    void cutAfter(long index) throws IOException {
        int keep = Math.toIntExact(index - first + 1);
        if (keep < count) {
            end = offsets[keep];
            count = keep;
            channel.truncate(end);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    void delete() throws IOException {
        channel.close();
        Files.deleteIfExists(file);
    }
}
