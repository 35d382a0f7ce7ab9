package io.conclave.queue;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** Items when they are due. */
final class DueQueue<T> extends ForwardingSource<T> implements DistributedDelayQueue<T> {
    DueQueue(StoreQueue<T> queue) {
        super(queue);
    }

    private long due(Duration delay) {
        if (Objects.requireNonNull(delay, "delay").isNegative() || delay.compareTo(MAX_DELAY) > 0) {
            throw new IllegalArgumentException("delay " + delay + " is not within 0 to " + MAX_DELAY);
        }
        return queue.wallClockMillis() + delay.plusNanos(999_999).toMillis();
    }

    @Override
    public void put(T value, Duration delay) throws InterruptedException {
        queue.put(due(delay), List.of(value));
    }

    @Override
    public void put(T value, Duration delay, Duration wait) throws InterruptedException, TimeoutException {
        queue.put(due(delay), List.of(value), wait);
    }

    @Override
    public boolean tryPut(T value, Duration delay) throws InterruptedException {
        return queue.tryPut(due(delay), value);
    }

    @Override
    public CompletableFuture<Void> putAsync(T value, Duration delay) {
        return queue.putAsync(due(delay), value);
    }

    @Override
    public void putAll(List<? extends T> values, Duration delay) throws InterruptedException {
        queue.put(due(delay), values);
    }
}
