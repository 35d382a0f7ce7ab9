package io.conclave.histories;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Notes operations as they happen. Thread-safe. In memory a note costs two reads of the clock and an object; in a file each call and each answer is one write to the operating system, so
 * what was noted survives the death of the process (not that of the machine).
 *
 * <p>Times are {@link System#nanoTime()}, which on Linux is the same for all processes of a host: the files of several are read together as one history.
 *
 * <pre>{@code
 * Recorder.Call call = recorder.call("worker-1", "/locks/orders", "acquire", "worker-1-17");
 * FencedGrant grant = lock.acquire();
 * call.ok(Long.toString(grant.fencingToken()));
 * }</pre>
 */
public final class Recorder implements AutoCloseable {
    private final LongSupplier clock;
    private final @Nullable FileChannel file;
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final AtomicLong lastId = new AtomicLong();

    private Recorder(LongSupplier clock, @Nullable FileChannel file) {
        this.clock = clock;
        this.file = file;
    }

    /** Keeps everything in memory, for {@link #history()}. */
    public static Recorder inMemory() {
        return inMemory(System::nanoTime);
    }

    /** The same with another clock, a virtual one say. */
    public static Recorder inMemory(LongSupplier nanoClock) {
        return new Recorder(nanoClock, null);
    }

    /** Writes everything to a new file, for {@link History#read}. Keeps nothing in memory. */
    public static Recorder toFile(Path newFile) throws IOException {
        FileChannel channel = FileChannel.open(
                newFile, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        Recorder recorder = new Recorder(System::nanoTime, channel);
        recorder.put(HistoryFile.HEADER + "\n");
        return recorder;
    }

    /**
     * Notes that an operation is called now. It is of unknown outcome until it is told.
     *
     * @throws UncheckedIOException if the file cannot be written: the operation should not be begun
     */
    public Call call(String client, String key, String verb, String... arguments) {
        List<String> copied = List.of(arguments);
        long id = lastId.incrementAndGet();
        Call call = new Call(id, client, key, verb, copied, clock.getAsLong());
        if (file == null) {
            calls.add(call);
        } else {
            put(HistoryFile.call(id, call.called, client, key, verb, copied));
        }
        return call;
    }

    /** What was noted up to now; operations that are under way are of unknown outcome. Only of a recorder in memory. */
    public History history() {
        if (file != null) {
            throw new IllegalStateException("this recorder keeps nothing in memory: read its file");
        }
        List<Operation> operations = new ArrayList<>();
        calls.forEach(call -> operations.add(call.operation()));
        return History.of(operations);
    }

    /** Closes the file. What is called afterwards fails. */
    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
    }

    /** Lines are whole: one write each, and one after the other. */
    private synchronized void put(String line) {
        ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
        FileChannel channel = file;
        try {
            while (channel != null && bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException("the history cannot be written", failed);
        }
    }

    /** An operation that is under way. Its outcome is told once; what is told later is ignored. */
    public final class Call {
        private final long id;
        private final String client;
        private final String key;
        private final String verb;
        private final List<String> arguments;
        private final long called;
        private final AtomicBoolean told = new AtomicBoolean();
        private volatile @Nullable Operation ended;

        private Call(long id, String client, String key, String verb, List<String> arguments, long called) {
            this.id = id;
            this.client = client;
            this.key = key;
            this.verb = verb;
            this.arguments = arguments;
            this.called = called;
        }

        /** It was done. */
        public void ok() {
            end(Outcome.OK, null);
        }

        /** It was done, with this result. */
        public void ok(String result) {
            end(Outcome.OK, result);
        }

        /** It was surely not done, and never will be. */
        public void fail() {
            end(Outcome.FAIL, null);
        }

        /** Nobody knows. */
        public void unknown() {
            end(Outcome.UNKNOWN, null);
        }

        private void end(Outcome outcome, @Nullable String result) {
            long now = clock.getAsLong();
            if (told.getAndSet(true)) {
                return;
            }
            if (file != null) {
                put(HistoryFile.answer(id, now, outcome, result));
            } else if (outcome != Outcome.UNKNOWN) {
                ended = new Operation(client, key, verb, arguments, called, now, outcome, result);
            }
        }

        private Operation operation() {
            Operation known = ended;
            return known == null ? Operation.unknown(client, key, verb, arguments, called) : known;
        }
    }
}
