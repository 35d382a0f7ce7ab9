package io.conclave.backend.inmemory;

import io.conclave.spi.Cancellable;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Time that stands still until a test moves it.
 *
 * <p>Timers run in the order of their times, those of one time in the order in which they were set, each with {@link #nanoTime()} at its
 * own time. Tasks of the {@link #executor()} run one after the other, on the thread that hands them over, or on the one that is
 * running tasks just then; each call of this class returns when nothing is left to do at the present time. With one thread everything repeats
 * exactly. Other threads may use the clock too and block in {@link #await}: they go on when the test moves time, or when another
 * thread does what they wait for.
 *
 * <p>Tasks must not block: they would stop the time of all.
 */
public final class VirtualClock implements Timekeeper {
    /** The wall clock of a new virtual clock. */
    public static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private static final long START_NANOS = 1_000_000_000_000L;
    private static final Comparator<Timer> ORDER =
            Comparator.comparingLong((Timer timer) -> timer.due).thenComparingLong(timer -> timer.number);

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    /** Held while tasks run, so that they run one at a time. */
    private final ReentrantLock running = new ReentrantLock();
    /** Guards the timers; nothing is called while it is held. */
    private final Object timersLock = new Object();

    private final TreeSet<Timer> timers = new TreeSet<>(ORDER);
    private long timersMade;
    private volatile long now = START_NANOS;
    private final AtomicLong wallShiftMillis = new AtomicLong();
    private volatile boolean advanceInAwait;

    /** A clock that stands at {@link #START}. */
    public VirtualClock() {}

    private record Timer(long due, long number, Runnable task) {}

    // ---- what a test does

    /** Moves time on, running everything that becomes due on the way. */
    public void advance(Duration by) {
        if (by.isNegative()) {
            throw new IllegalArgumentException("time does not go back by " + by);
        }
        runExclusively(() -> {
            long target = now + by.toNanos();
            while (runNextTimer(target)) {
                runTasks();
            }
            now = target;
        });
    }

    /**
     * Moves time from timer to timer until the condition holds, at most by {@code most}. The condition is asked on this thread when nothing is
     * left to do at a time; it should speak of the store or of what runs under this clock, since other threads take no part in this time.
     *
     * @return whether it holds
     */
    public boolean advanceUntil(BooleanSupplier condition, Duration most) {
        long target = now + most.toNanos();
        runPending();
        while (!condition.getAsBoolean()) {
            long before = now;
            if (!step(target)) {
                advance(Duration.ofNanos(Math.max(0, target - before)));
                return condition.getAsBoolean();
            }
        }
        return true;
    }

    /** Runs what is to be done at the present time, timers that are due included. */
    public void runPending() {
        advance(Duration.ZERO);
    }

    /** Moves the wall clock alone, on or back, as an operator may do: nothing but information may depend on it (rule T6). */
    public void stepWallClock(Duration by) {
        wallShiftMillis.addAndGet(by.toMillis());
    }

    /**
     * From now on a thread that waits in {@link #await} moves time itself, from timer to timer, until it has what it waits for: for
     * tests with one thread that use blocking calls.
     */
    public void advanceInAwait(boolean wanted) {
        advanceInAwait = wanted;
    }

    /** How many timers are set: a test can see that a component left none behind. */
    public int timers() {
        synchronized (timersLock) {
            return timers.size();
        }
    }

    // ---- Timekeeper

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public long wallClockMillis() {
        return START.toEpochMilli() + (now - START_NANOS) / 1_000_000 + wallShiftMillis.get();
    }

    @Override
    public Cancellable schedule(Runnable task, Duration delay) {
        long due = deadlineAfter(delay);
        Timer timer;
        synchronized (timersLock) {
            timer = new Timer(due, timersMade++, task);
            timers.add(timer);
        }
        return () -> {
            synchronized (timersLock) {
                timers.remove(timer);
            }
        };
    }

    /** Runs tasks in order on the calling thread, or leaves them to the thread that is running some. */
    @Override
    public Executor executor() {
        return task -> {
            tasks.add(task);
            runUnlessRunning();
        };
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if called from a task of this clock, which would stop time
     */
    @Override
    public void await(CompletableFuture<?> future) throws InterruptedException {
        if (running.isHeldByCurrentThread()) {
            throw new IllegalStateException(
                    "a task of the virtual clock must not block: time would stand still for ever");
        }
        runPending();
        while (advanceInAwait && !future.isDone() && step(Long.MAX_VALUE)) {
            if (Thread.interrupted()) {
                throw new InterruptedException("interrupted while moving virtual time");
            }
        }
        Timekeeper.super.await(future);
    }

    // ---- running

    /** Runs the next timer if it is due by the target, and all that follows from it. */
    private boolean step(long target) {
        boolean[] ran = new boolean[1];
        runExclusively(() -> {
            ran[0] = runNextTimer(target);
            runTasks();
        });
        return ran[0];
    }

    private void runExclusively(Runnable body) {
        if (running.isHeldByCurrentThread()) {
            throw new IllegalStateException("time cannot be moved from within one of its tasks");
        }
        running.lock();
        try {
            runTasks();
            body.run();
        } finally {
            running.unlock();
        }
        runUnlessRunning();
    }

    /** Whoever adds a task and finds the lock taken leaves; so whoever gives the lock back looks again. */
    private void runUnlessRunning() {
        if (running.isHeldByCurrentThread()) {
            return;
        }
        while (!tasks.isEmpty() && running.tryLock()) {
            try {
                runTasks();
            } finally {
                running.unlock();
            }
        }
    }

    private void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            runGuarded(task);
        }
    }

    private boolean runNextTimer(long target) {
        Timer timer = pollTimer(target);
        if (timer == null) {
            return false;
        }
        now = Math.max(now, timer.due);
        runGuarded(timer.task);
        return true;
    }

    private @Nullable Timer pollTimer(long target) {
        synchronized (timersLock) {
            return timers.isEmpty() || timers.first().due > target ? null : timers.pollFirst();
        }
    }

    private static void runGuarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException failure) { // one task's failure must not stop time for the others
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        }
    }
}
