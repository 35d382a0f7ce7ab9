package io.conclave.backend.zookeeper;

import io.conclave.spi.Cancellable;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;

/** Time that stands still unless it is moved on; for one thread. */
final class ManualTime implements Timekeeper {
    private record Task(long at, long number, Runnable body) {}

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::at).thenComparingLong(Task::number));
    private long now;
    private long count;

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public long wallClockMillis() {
        return now / 1_000_000;
    }

    @Override
    public Cancellable schedule(Runnable body, Duration delay) {
        Task task = new Task(now + delay.toNanos(), count++, body);
        tasks.add(task);
        return () -> tasks.remove(task);
    }

    @Override
    public Executor executor() {
        return Runnable::run;
    }

    /** Runs what falls due on the way, at its moment. */
    void advance(Duration time) {
        long end = now + time.toNanos();
        while (!tasks.isEmpty() && tasks.peek().at() <= end) {
            Task task = tasks.remove();
            now = task.at();
            task.body().run();
        }
        now = end;
    }
}
