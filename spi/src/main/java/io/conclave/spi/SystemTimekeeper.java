package io.conclave.spi;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Real time. One timer thread and a few workers for the whole process, all daemons, all gone when idle. Tasks are short by
 * contract, so the worker queue is bounded by what is in flight; should it ever fill up, the submitting thread runs the task.
 */
final class SystemTimekeeper implements Timekeeper {
    static final SystemTimekeeper INSTANCE = new SystemTimekeeper();

    private static final int QUEUED_TASKS_MAX = 100_000;
    private static final long IDLE_SECONDS = 10;
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int BUSY = 16;

    private final ScheduledThreadPoolExecutor timer;
    private final ThreadPoolExecutor workers;
    /** Timers that were set since the last tick. */
    private final AtomicInteger recent = new AtomicInteger();

    private final AtomicBoolean ticking = new AtomicBoolean();

    private SystemTimekeeper() {
        timer = new ScheduledThreadPoolExecutor(1, daemons("conclave-timer"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        int threads = Math.max(2, Math.min(8, Runtime.getRuntime().availableProcessors()));
        workers = new ThreadPoolExecutor(
                threads,
                threads,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(QUEUED_TASKS_MAX),
                daemons("conclave-worker"),
                new ThreadPoolExecutor.CallerRunsPolicy());
        workers.allowCoreThreadTimeOut(true);
    }

    private static ThreadFactory daemons(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public long wallClockMillis() {
        return System.currentTimeMillis();
    }

    @Override
    public Cancellable schedule(Runnable task, Duration delay) {
        long nanos = Math.max(0, until(deadlineAfter(delay)).toNanos());
        try {
            if (recent.incrementAndGet() >= BUSY && ticking.compareAndSet(false, true)) {
                tickLater();
            }
            ScheduledFuture<?> scheduled = timer.schedule(task, nanos, TimeUnit.NANOSECONDS);
            return () -> scheduled.cancel(false);
        } catch (RejectedExecutionException shutDown) {
            throw new IllegalStateException("the process-wide timer does not take tasks", shutDown);
        }
    }

    /**
     * Wakes the timer thread from time to time while many timers are set, so that it need not be woken for each: most are deadlines that are far off and cancelled soon, and setting one that
     * is the next to come due costs a change of threads.
     */
    private void tick() {
        if (recent.getAndSet(0) >= BUSY) {
            tickLater();
        } else {
            ticking.set(false);
        }
    }

    private void tickLater() {
        ScheduledFuture<?> unusedTick = timer.schedule(this::tick, TICK_NANOS, TimeUnit.NANOSECONDS);
    }

    @Override
    public Executor executor() {
        return workers;
    }
}
