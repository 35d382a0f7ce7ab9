package io.conclave.queue;

import io.conclave.internal.QueueKind;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** Items by priority. */
final class RankedQueue<T> extends ForwardingSource<T> implements DistributedPriorityQueue<T> {
    RankedQueue(StoreQueue<T> queue) {
        super(queue);
    }

    private static long checked(int priority) {
        if (priority < 0 || priority > QueueKind.PRIORITY_MAX) {
            throw new IllegalArgumentException(
                    "priority " + priority + " is not within 0 to " + QueueKind.PRIORITY_MAX);
        }
        return priority;
    }

    @Override
    public void put(T value, int priority) throws InterruptedException {
        queue.put(checked(priority), List.of(value));
    }

    @Override
    public void put(T value, int priority, Duration wait) throws InterruptedException, TimeoutException {
        queue.put(checked(priority), List.of(value), wait);
    }

    @Override
    public boolean tryPut(T value, int priority) throws InterruptedException {
        return queue.tryPut(checked(priority), value);
    }

    @Override
    public CompletableFuture<Void> putAsync(T value, int priority) {
        return queue.putAsync(checked(priority), value);
    }

    @Override
    public void putAll(List<? extends T> values, int priority) throws InterruptedException {
        queue.put(checked(priority), values);
    }
}
