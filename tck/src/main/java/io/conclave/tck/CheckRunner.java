package io.conclave.tck;

import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Runs the checks of one test factory: each when its result is asked for, or, where the target allows it, side by side ahead of that. Checks that stop
 * the store for everybody wait until the others are done.
 */
final class CheckRunner implements AutoCloseable {
    private static final List<String> DISTURBING = List.of("F2", "F3");

    private final BackendUnderTest target;
    private final @Nullable ExecutorService threads;
    private final Running others = new Running();

    CheckRunner(BackendUnderTest target) {
        this.target = target;
        this.threads = target.parallelism() > 1 ? Executors.newFixedThreadPool(target.parallelism()) : null;
    }

    /** A check that may be under way. */
    interface Begun {
        /** Waits for its result, or runs it now. */
        void await() throws InterruptedException;
    }

    Begun begin(RuleCheck check) {
        if (threads == null) {
            return () -> check.run(target);
        }
        if (DISTURBING.contains(check.number())) {
            return () -> {
                others.awaitAll();
                check.run(target);
            };
        }
        others.count++;
        Future<?> result = threads.submit(() -> {
            try {
                check.run(target);
            } finally {
                others.done.release();
            }
        });
        return () -> {
            try {
                result.get();
            } catch (ExecutionException failure) {
                throw unchecked(failure.getCause());
            }
        };
    }

    private static RuntimeException unchecked(@Nullable Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return failure instanceof RuntimeException same ? same : new CompletionException(failure);
    }

    @Override
    public void close() {
        if (threads != null) {
            threads.shutdownNow();
        }
    }

    /** The checks that run side by side: begun all before the first result is asked for. */
    private static final class Running {
        private final Semaphore done = new Semaphore(0);
        private int count;

        void awaitAll() throws InterruptedException {
            done.acquire(count);
            done.release(count);
        }
    }
}
