package io.conclave.spi;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs tasks one after the other, in the order in which they were handed over. The thread that finds the drain idle runs its task
 * at once, on its own stack, and those that arrive meanwhile, up to a bound; the rest goes to the helper executor. So an
 * uncontended operation needs no hand-off between threads, and state that is touched only by the drain's tasks needs no lock.
 *
 * <p>Tasks must be short and must not block; none may be user code. A task that throws goes to the thread's uncaught-exception
 * handler and does not stop the others.
 */
public final class SerialDrain implements Executor {
    private static final int INLINE_TASKS_MAX = 64;

    private final Executor helper;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AtomicInteger pending = new AtomicInteger();

    /** A drain whose overflow runs on the given executor. */
    public SerialDrain(Executor helper) {
        this.helper = helper;
    }

    /** Runs the task now if nothing is running or waiting, else after those before it. */
    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (pending.getAndIncrement() == 0) {
            drain(INLINE_TASKS_MAX);
        }
    }

    /**
     * Runs this one task now if nothing is running or waiting, else after those before it; what arrives meanwhile goes to the helper executor. For threads that
     * serve others too: the task must call nothing that may take its time, such as a listener.
     */
    public void executeOne(Runnable task) {
        tasks.add(task);
        if (pending.getAndIncrement() == 0) {
            drain(1);
        }
    }

    /** Runs the task on the helper executor, after those before it: for callers whose stack must stay short. */
    public void executeLater(Runnable task) {
        tasks.add(task);
        if (pending.getAndIncrement() == 0) {
            helper.execute(() -> drain(INLINE_TASKS_MAX));
        }
    }

    private void drain(int most) {
        for (int i = 0; i < most; i++) {
            Runnable task = tasks.poll();
            if (task == null) {
                throw new IllegalStateException("a task was counted and not queued");
            }
            runGuarded(task);
            if (pending.decrementAndGet() == 0) {
                return;
            }
        }
        helper.execute(() -> drain(INLINE_TASKS_MAX));
    }

    private static void runGuarded(Runnable task) {
        try {
            task.run();
        } catch (Throwable failure) { // one task's failure must not stop the queue
            report(failure);
        }
    }

    private static void report(Throwable failure) {
        Thread thread = Thread.currentThread();
        try {
            thread.getUncaughtExceptionHandler().uncaughtException(thread, failure);
        } catch (Throwable ofHandler) { // ignored, as the JVM does
            failure.addSuppressed(ofHandler);
        }
    }
}
