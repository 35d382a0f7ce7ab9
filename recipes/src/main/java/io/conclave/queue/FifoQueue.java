package io.conclave.queue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** Items in the order of their puts. */
final class FifoQueue<T> extends ForwardingSource<T> implements DistributedQueue<T> {
    FifoQueue(StoreQueue<T> queue) {
        super(queue);
    }

    @Override
    public void put(T value) throws InterruptedException {
        queue.put(0, List.of(value));
    }

    @Override
    public void put(T value, Duration wait) throws InterruptedException, TimeoutException {
        queue.put(0, List.of(value), wait);
    }

    @Override
    public boolean tryPut(T value) throws InterruptedException {
        return queue.tryPut(0, value);
    }

    @Override
    public CompletableFuture<Void> putAsync(T value) {
        return queue.putAsync(0, value);
    }

    @Override
    public void putAll(List<? extends T> values) throws InterruptedException {
        queue.put(0, values);
    }
}
