package io.conclave.internal;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Where user code runs if the user gave no executor: daemon threads made when needed, gone when idle, at most {@value #THREADS_MAX}. */
final class UserThreads implements Executor {
    private static final int THREADS_MAX = 1_000;
    private static final AtomicInteger COUNT = new AtomicInteger();

    private final ThreadPoolExecutor pool =
            new ThreadPoolExecutor(0, THREADS_MAX, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                Thread thread = new Thread(task, "conclave-user-" + COUNT.incrementAndGet());
                thread.setDaemon(true);
                return thread;
            });

    @Override
    public void execute(Runnable task) {
        pool.execute(task);
    }

    /** Lets running tasks finish and idle threads go at once. Late callbacks still run. */
    void stopWhenIdle() {
        pool.setKeepAliveTime(1, TimeUnit.MILLISECONDS);
    }
}
