package io.conclave.backend.inmemory.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Numbered entries on disk: a row of segments and a mark. Appended to at the end, cut at both ends, read anywhere.
 *
 * <p>An append has reached the operating system when it returns, and the disk if {@code sync} is set. What was appended is there after the process has died at any moment; a write that was under way is cut off, and a log that lacks what it
 * acknowledged, or in which a byte has changed, is refused when it is opened or when the entry is read.
 *
 * <p>One thread at a time appends and cuts; any may read.
 */
final class SegmentLog implements AutoCloseable {
    static final String MARK = "mark";

    private final Path folder;
    private final boolean sync;
    private final int segmentBytes;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final TreeMap<Long, Segment> segments = new TreeMap<>();
    private final LogMark mark;
    private volatile long bytes;

    private SegmentLog(Path folder, boolean sync, int segmentBytes, LogMark mark) {
        this.folder = folder;
        this.sync = sync;
        this.segmentBytes = segmentBytes;
        this.mark = mark;
    }

    /** Opens the log in a folder, or makes an empty one if there is none, and checks all that is in it. */
    static SegmentLog open(Path folder, boolean sync, int segmentBytes) throws IOException {
        PrivateFiles.makeFolder(folder);
        List<Path> files = segmentFiles(folder);
        Path file = folder.resolve(MARK);
        if (!Files.exists(file) && !files.isEmpty()) {
            throw new CorruptLogException(file, "it is missing, but there are segments");
        }
        LogMark mark = Files.exists(file) ? LogMark.open(file) : LogMark.create(file);
        SegmentLog log = new SegmentLog(folder, sync, segmentBytes, mark);
        try {
            log.load(files);
            return log;
        } catch (IOException | RuntimeException failure) {
            log.close();
            throw failure;
        }
    }

    private static List<Path> segmentFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Segment::isSegment).sorted().toList();
        }
    }

    private void load(List<Path> files) throws IOException {
        for (int i = 0; i < files.size(); i++) {
            boolean isLast = i == files.size() - 1;
            if (isLast && Files.size(files.get(i)) < Segment.FILE_HEAD) {
                Files.delete(files.get(i)); // it was being made when the process died; nothing was written to it
                break;
            }
            Segment segment = Segment.open(files.get(i), isLast);
            Segment before = segments.isEmpty() ? null : segments.lastEntry().getValue();
            segments.put(segment.first, segment);
            if (before != null && before.last() + 1 != segment.first) {
                if (before.last() >= mark.first()) {
                    throw new CorruptLogException(segment.file, 0, "it should begin with entry " + (before.last() + 1));
                }
                drop(before); // the log was begun anew behind it, and the process died before it was gone
            }
        }
        dropBelow(mark.first());
        long found = lastIndex();
        if (found < mark.last()) {
            throw new CorruptLogException(
                    folder, "the log ends with entry " + found + ", but entry " + mark.last() + " was acknowledged");
        }
        if (!segments.isEmpty() && segments.firstKey() > mark.first()) {
            throw new CorruptLogException(
                    folder, "the log begins with entry " + segments.firstKey() + " and not with " + mark.first());
        }
        if (!segments.isEmpty()) {
            segments.lastEntry().getValue().cutTorn();
        }
        mark.set(mark.first(), found);
        count();
    }

    /** The first entry; one after the last if there is none. */
    long firstIndex() {
        return mark.first();
    }

    /** The last entry; one before the first if there is none. */
    long lastIndex() {
        lock.readLock().lock();
        try {
            Map.Entry<Long, Segment> last = segments.lastEntry();
            return last == null ? mark.first() - 1 : Math.max(last.getValue().last(), mark.first() - 1);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** The size of all segments. */
    long bytes() {
        return bytes;
    }

    /** The content of an entry; null if the log does not have it. */
    byte @Nullable [] read(long index) throws IOException {
        lock.readLock().lock();
        try {
            Map.Entry<Long, Segment> entry = segments.floorEntry(index);
            if (entry == null
                    || index < mark.first()
                    || index > entry.getValue().last()) {
                return null;
            }
            return entry.getValue().read(index);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Appends the entries that follow the last one. After a failure the log must not be appended to again. */
    void append(List<byte[]> contents) throws IOException {
        lock.writeLock().lock();
        try {
            long next = lastIndex() + 1;
            ByteBuffer[] records = new ByteBuffer[contents.size()];
            for (int i = 0; i < records.length; i++) {
                records[i] = Segment.record(next + i, contents.get(i));
            }
            for (int from = 0; from < records.length; ) {
                Segment segment = open(next + from);
                int to = from;
                long room = segmentBytes - (long) segment.bytes();
                do {
                    room -= records[to++].remaining();
                } while (to < records.length && room >= records[to].remaining());
                segment.append(records, from, to);
                if (sync) {
                    segment.force();
                }
                from = to;
            }
            mark.set(mark.first(), next + records.length - 1);
            count();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** The segment to append this entry to. */
    private Segment open(long next) throws IOException {
        Map.Entry<Long, Segment> last = segments.lastEntry();
        if (last != null
                && last.getValue().bytes() < segmentBytes
                && last.getValue().last() + 1 == next) {
            return last.getValue();
        }
        Segment segment = Segment.create(folder, next);
        segments.put(next, segment);
        if (sync) {
            segment.force();
            PrivateFiles.syncFolder(folder);
        }
        return segment;
    }

    /** Lets the log begin with this entry; earlier ones are gone. If it has none so high, the next one appended is this. */
    void cutBefore(long first) throws IOException {
        lock.writeLock().lock();
        try {
            if (first > mark.first()) {
                mark.set(first, Math.max(lastIndex(), first - 1));
                dropBelow(first);
                count();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Removes all entries after this one. */
    void cutAfter(long last) throws IOException {
        lock.writeLock().lock();
        try {
            mark.set(mark.first(), Math.max(Math.min(mark.last(), last), mark.first() - 1));
            while (!segments.isEmpty() && segments.lastKey() > last) {
                drop(segments.lastEntry().getValue());
            }
            if (!segments.isEmpty()) {
                segments.lastEntry().getValue().cutAfter(last);
            }
            count();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /**
     * Removes everything; the next entry that is appended is this. Whatever of it a crash leaves undone, no entry from this one on is left while those before are gone.
     */
    void restart(long next) throws IOException {
        lock.writeLock().lock();
        try {
            cutAfter(next - 1);
            mark.set(next, next - 1);
            while (!segments.isEmpty()) {
                drop(segments.firstEntry().getValue());
            }
            count();
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void dropBelow(long first) throws IOException {
        while (!segments.isEmpty() && segments.firstEntry().getValue().last() < first) {
            drop(segments.firstEntry().getValue());
        }
    }

    private void drop(Segment segment) throws IOException {
        segments.remove(segment.first);
        segment.delete();
    }

    private void count() {
        bytes = segments.values().stream().mapToLong(Segment::bytes).sum();
    }

    @Override
    public void close() throws IOException {
        lock.writeLock().lock();
        try {
            for (Segment segment : segments.values()) {
                segment.close();
            }
            segments.clear();
            mark.close();
        } finally {
            lock.writeLock().unlock();
        }
    }
}
