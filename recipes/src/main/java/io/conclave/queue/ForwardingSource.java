package io.conclave.queue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** What all queues have in common, forwarded. */
abstract class ForwardingSource<T> implements ClaimSource<T> {
    final StoreQueue<T> queue;

    ForwardingSource(StoreQueue<T> queue) {
        this.queue = queue;
    }

    @Override
    public final String path() {
        return queue.path();
    }

    @Override
    public final Claim<T> take() throws InterruptedException {
        return queue.take();
    }

    @Override
    public final Claim<T> take(Duration wait) throws InterruptedException, TimeoutException {
        return queue.take(wait);
    }

    @Override
    public final Optional<Claim<T>> tryTake() throws InterruptedException {
        return queue.tryTake();
    }

    @Override
    public final CompletableFuture<Claim<T>> takeAsync() {
        return queue.takeAsync();
    }

    @Override
    public final QueueStats stats() throws InterruptedException {
        return queue.stats();
    }

    @Override
    public final List<DeadLetter<T>> deadLetters(int limit) throws InterruptedException {
        return queue.deadLetters(limit);
    }

    @Override
    public final boolean putBack(String id) throws InterruptedException {
        return queue.putBack(id);
    }

    @Override
    public final boolean discard(String id) throws InterruptedException {
        return queue.discard(id);
    }

    @Override
    public final void close() {
        queue.close();
    }

    @Override
    public final String toString() {
        return queue.toString();
    }
}
