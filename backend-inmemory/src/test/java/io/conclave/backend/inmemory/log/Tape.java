package io.conclave.backend.inmemory.log;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A machine that keeps all entries as lines, and lets tests wait for what it hears. */
final class Tape implements ReplicatedLog.Machine {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final List<String> lines = new ArrayList<>();
    private final List<Leadership> news = new ArrayList<>();
    private long lastIndex;
    private int restores;
    private boolean ordered = true;

    @Override
    public synchronized Object apply(long index, byte[] entry) {
        ordered &= index > lastIndex;
        lastIndex = index;
        lines.add(new String(entry, StandardCharsets.UTF_8));
        notifyAll();
        return lines.size();
    }

    @Override
    public synchronized ReplicatedLog.SnapshotWriter capture() {
        List<String> copy = List.copyOf(lines);
        long index = lastIndex;
        return out -> {
            DataOutputStream data = new DataOutputStream(out);
            data.writeLong(index);
            data.writeInt(copy.size());
            for (String line : copy) {
                data.writeUTF(line);
            }
            data.flush();
        };
    }

    @Override
    public synchronized void restore(InputStream in) throws IOException {
        DataInputStream data = new DataInputStream(in);
        lastIndex = data.readLong();
        lines.clear();
        for (int left = data.readInt(); left > 0; left--) {
            lines.add(data.readUTF());
        }
        restores++;
        notifyAll();
    }

    @Override
    public synchronized void onLeadership(Leadership now) {
        news.add(now);
        notifyAll();
    }

    synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    synchronized int size() {
        return lines.size();
    }

    synchronized List<Leadership> news() {
        return List.copyOf(news);
    }

    synchronized int restores() {
        return restores;
    }

    synchronized boolean ordered() {
        return ordered;
    }

    void await(String what, Predicate<Tape> condition) {
        await(what, condition, PATIENCE);
    }

    synchronized void await(String what, Predicate<Tape> condition, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.test(this)) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new AssertionError(
                        "waited " + patience + " for " + what + ": " + lines.size() + " lines, " + news);
            }
            try {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            } catch (InterruptedException interrupted) {
                throw new AssertionError("interrupted while waiting for " + what, interrupted);
            }
        }
    }
}
