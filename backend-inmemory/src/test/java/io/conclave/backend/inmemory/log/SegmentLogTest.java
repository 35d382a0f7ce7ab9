package io.conclave.backend.inmemory.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of the log: what is kept over any death of the process, and what is refused. */
final class SegmentLogTest {
    private static final int SEEDS = Integer.getInteger("conclave.logSeeds", 300);
    private static final int SEGMENT = 2_000;

    @TempDir
    Path folder;

    @Test
    void entriesStayOverARestart() throws IOException {
        try (SegmentLog log = open()) {
            log.append(contents(new Random(1), 100));
            assertThat(log.firstIndex()).isEqualTo(1);
            assertThat(log.lastIndex()).isEqualTo(100);
        }
        List<byte[]> expected = contents(new Random(1), 100);
        try (SegmentLog log = open()) {
            for (int i = 1; i <= 100; i++) {
                assertThat(log.read(i)).isEqualTo(expected.get(i - 1));
            }
            assertThat(log.read(0)).isNull();
            assertThat(log.read(101)).isNull();
            assertThat(segments().size()).isGreaterThan(3);
        }
    }

    @Test
    void randomAppendsAndCutsAreWhatAListWouldHold() throws IOException {
        for (int seed = 0; seed < SEEDS / 3; seed++) {
            Path own = folder.resolve("seed-" + seed);
            Random random = new Random(seed);
            List<byte[]> model = new ArrayList<>();
            long first = 1;
            SegmentLog log = SegmentLog.open(own, false, SEGMENT);
            try {
                for (int step = 0; step < 30; step++) {
                    long last = first + model.size() - 1;
                    switch (random.nextInt(6)) {
                        case 0, 1, 2 -> {
                            List<byte[]> more = contents(random, 1 + random.nextInt(20));
                            log.append(more);
                            model.addAll(more);
                        }
                        case 3 -> {
                            long kept = first + random.nextInt(model.size() + 3);
                            log.cutBefore(kept);
                            model.subList(0, (int) Math.min(kept - first, model.size()))
                                    .clear();
                            first = kept;
                        }
                        case 4 -> {
                            long kept = last - random.nextInt(model.size() + 1);
                            log.cutAfter(kept);
                            model.subList((int) (kept - first + 1), model.size())
                                    .clear();
                        }
                        default -> {
                            if (random.nextInt(4) == 0) {
                                first = last + 1 + random.nextInt(5) - random.nextInt(model.size() + 1);
                                log.restart(first);
                                model.clear();
                            } else {
                                log.close();
                                log = SegmentLog.open(own, false, SEGMENT);
                            }
                        }
                    }
                    assertThat(log.firstIndex())
                            .as("seed %d step %d", seed, step)
                            .isEqualTo(first);
                    assertThat(log.lastIndex())
                            .as("seed %d step %d", seed, step)
                            .isEqualTo(first + model.size() - 1);
                }
                for (int i = 0; i < model.size(); i++) {
                    assertThat(log.read(first + i)).as("seed %d", seed).isEqualTo(model.get(i));
                }
            } finally {
                log.close();
            }
        }
    }

    /** A write that was under way: any part of records behind the mark. */
    @Test
    void anUnfinishedWriteIsCutOffAndNothingElse() throws IOException {
        for (int seed = 0; seed < SEEDS; seed++) {
            Path own = folder.resolve("seed-" + seed);
            Random random = new Random(seed);
            List<byte[]> kept = contents(random, 1 + random.nextInt(60));
            try (SegmentLog log = SegmentLog.open(own, false, SEGMENT)) {
                log.append(kept);
            }
            byte[] unfinished =
                    Segment.record(kept.size() + 1L, contents(random, 1).get(0)).array();
            int written = random.nextInt(unfinished.length);
            Path last = last(own);
            Files.write(last, Arrays.copyOf(unfinished, written), StandardOpenOption.APPEND);
            try (SegmentLog log = SegmentLog.open(own, false, SEGMENT)) {
                assertThat(log.lastIndex()).as("seed %d", seed).isEqualTo(kept.size());
                log.append(List.of(unfinished));
            }
            try (SegmentLog log = SegmentLog.open(own, false, SEGMENT)) {
                assertThat(log.lastIndex()).isEqualTo(kept.size() + 1);
                for (int i = 0; i < kept.size(); i++) {
                    assertThat(log.read(i + 1L)).as("seed %d", seed).isEqualTo(kept.get(i));
                }
                assertThat(log.read(kept.size() + 1L)).isEqualTo(unfinished);
            }
        }
    }

    /** A file that is shorter than it was has lost entries that were acknowledged: never a shorter log, always a refusal. */
    @Test
    void aTailThatWasAcknowledgedIsMissed() throws IOException {
        for (int seed = 0; seed < SEEDS; seed++) {
            Path own = folder.resolve("seed-" + seed);
            Random random = new Random(seed);
            try (SegmentLog log = SegmentLog.open(own, false, SEGMENT)) {
                log.append(contents(random, 1 + random.nextInt(60)));
            }
            Path last = last(own);
            try (FileChannel file = FileChannel.open(last, StandardOpenOption.WRITE)) {
                file.truncate(random.nextInt((int) file.size()));
            }
            assertThatThrownBy(() -> SegmentLog.open(own, false, SEGMENT).close())
                    .as("seed %d", seed)
                    .isInstanceOf(CorruptLogException.class);
        }
    }

    @Test
    void aChangedBitIsNoticedWhereverItIs() throws IOException {
        for (int seed = 0; seed < SEEDS; seed++) {
            Path own = folder.resolve("seed-" + seed);
            Random random = new Random(seed);
            try (SegmentLog log = SegmentLog.open(own, false, SEGMENT)) {
                log.append(contents(random, 20 + random.nextInt(40)));
            }
            List<Path> files = segments(own);
            Path file = files.get(random.nextInt(files.size()));
            byte[] bytes = Files.readAllBytes(file);
            int at = random.nextInt(bytes.length);
            bytes[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, bytes);
            assertThatThrownBy(() -> SegmentLog.open(own, false, SEGMENT).close())
                    .as("seed %d, byte %d of %s", seed, at, file)
                    .isInstanceOf(CorruptLogException.class);
            assertThat(Files.size(file)).as("nothing was changed").isEqualTo(bytes.length);
        }
    }

    @Test
    void aChangedBitIsNoticedWhenTheEntryIsRead() throws IOException {
        try (SegmentLog log = open()) {
            log.append(contents(new Random(3), 10));
            Path file = last(folder);
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length - 1] ^= 1;
            Files.write(file, bytes);
            assertThat(log.read(9)).isNotNull();
            assertThatThrownBy(() -> log.read(10)).isInstanceOf(CorruptLogException.class);
        }
    }

    @Test
    void missingFilesAreMissed() throws IOException {
        try (SegmentLog log = open()) {
            log.append(contents(new Random(4), 100));
        }
        Path middle = segments().get(1);
        byte[] bytes = Files.readAllBytes(middle);
        Files.delete(middle);
        assertThatThrownBy(this::open).isInstanceOf(CorruptLogException.class);
        Files.write(middle, bytes);
        open().close();

        Path first = segments().get(0);
        bytes = Files.readAllBytes(first);
        Files.delete(first);
        assertThatThrownBy(this::open).isInstanceOf(CorruptLogException.class);
        Files.write(first, bytes);

        Path mark = folder.resolve(SegmentLog.MARK);
        bytes = Files.readAllBytes(mark);
        Files.delete(mark);
        assertThatThrownBy(this::open).isInstanceOf(CorruptLogException.class);
        ByteBuffer none = ByteBuffer.allocate(bytes.length);
        Files.write(mark, none.array());
        assertThatThrownBy(this::open).isInstanceOf(CorruptLogException.class);
        Files.write(mark, bytes);
        open().close();
    }

    private SegmentLog open() throws IOException {
        return SegmentLog.open(folder, false, SEGMENT);
    }

    private List<Path> segments() throws IOException {
        return segments(folder);
    }

    private static List<Path> segments(Path own) throws IOException {
        try (Stream<Path> files = Files.list(own)) {
            return files.filter(Segment::isSegment).sorted().toList();
        }
    }

    private static Path last(Path own) throws IOException {
        List<Path> all = segments(own);
        return all.get(all.size() - 1);
    }

    private static List<byte[]> contents(Random random, int count) {
        List<byte[]> contents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte[] content = new byte[random.nextInt(200)];
            random.nextBytes(content);
            contents.add(content);
        }
        return contents;
    }
}
