package io.conclave.backend.inmemory;

import io.conclave.spi.Cancellable;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/**
 * What a client process does goes through its gate: calls, timers, deliveries. While it is shut nothing happens, as in a process that
 * is stopped; what was due then happens when it opens, in the order in which it became due.
 */
final class Gate {
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private volatile boolean shut;

    /** Runs the task now, or when the gate opens. */
    void pass(Runnable task) {
        if (!shut) {
            task.run();
            return;
        }
        waiting.add(task);
        if (!shut) {
            runWaiting();
        }
    }

    void shut() {
        shut = true;
    }

    void open() {
        shut = false;
        runWaiting();
    }

    private void runWaiting() {
        for (Runnable task = waiting.poll(); task != null; task = waiting.poll()) {
            task.run();
        }
    }

    /** The clock as the process behind this gate sees it: time goes on while it is stopped, its timers and tasks do not. */
    Timekeeper timekeeper(Timekeeper clock) {
        return new Timekeeper() {
            @Override
            public long nanoTime() {
                return clock.nanoTime();
            }

            @Override
            public long wallClockMillis() {
                return clock.wallClockMillis();
            }

            @Override
            public Cancellable schedule(Runnable task, Duration delay) {
                return clock.schedule(() -> pass(task), delay);
            }

            @Override
            public Executor executor() {
                return task -> clock.executor().execute(() -> pass(task));
            }

            @Override
            public void await(CompletableFuture<?> future) throws InterruptedException {
                clock.await(future);
            }
        };
    }
}
