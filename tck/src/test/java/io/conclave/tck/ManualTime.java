package io.conclave.tck;

import io.conclave.spi.Cancellable;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;

/** Virtual time: tasks run, in the order of their moments, on the thread that moves the time on. */
final class ManualTime implements Timekeeper {
    private record Task(long at, long number, Runnable body) {}

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::at).thenComparingLong(Task::number));
    private long now = 1_000_000_000L;
    private long count;

    @Override
    public synchronized long nanoTime() {
        return now;
    }

    @Override
    public long wallClockMillis() {
        return nanoTime() / 1_000_000;
    }

    @Override
    public synchronized Cancellable schedule(Runnable body, Duration delay) {
        Task task = new Task(now + Math.max(0, delay.toNanos()), count++, body);
        tasks.add(task);
        return () -> remove(task);
    }

    private synchronized void remove(Task task) {
        tasks.remove(task);
    }

    @Override
    public Executor executor() {
        return task -> schedule(task, Duration.ZERO);
    }

    void advance(Duration time) {
        long end = nanoTime() + time.toNanos();
        for (Task task = next(end); task != null; task = next(end)) {
            try {
                task.body().run();
            } catch (RuntimeException | AssertionError thrown) {
                // a listener's exception is its own affair (rule H2)
            }
        }
    }

    private synchronized Task next(long end) {
        Task first = tasks.peek();
        if (first == null || first.at() > end) {
            now = end;
            return null;
        }
        now = Math.max(now, first.at());
        return tasks.poll();
    }
}
