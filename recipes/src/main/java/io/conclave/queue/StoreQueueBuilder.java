package io.conclave.queue;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.internal.ItemQueue;
import io.conclave.internal.QueueKind;
import io.conclave.internal.QueueOptions;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;

/** Collects a queue's options. */
final class StoreQueueBuilder<T, Q> implements QueueBuilder<Q> {
    private final Conclave conclave;
    private final String path;
    private final Codec<T> codec;
    private final QueueKind kind;
    private final Function<StoreQueue<T>, Q> as;
    private QueueOptions options = QueueOptions.DEFAULT;

    StoreQueueBuilder(Conclave conclave, String path, Codec<T> codec, QueueKind kind, Function<StoreQueue<T>, Q> as) {
        this.conclave = Objects.requireNonNull(conclave, "conclave");
        this.path = ItemQueue.requirePath(path).toString();
        this.codec = Objects.requireNonNull(codec, "codec");
        this.kind = kind;
        this.as = as;
    }

    @Override
    public QueueBuilder<Q> capacity(int items) {
        options = options.withCapacity(items);
        return this;
    }

    @Override
    public QueueBuilder<Q> prefetch(int items) {
        options = options.withPrefetch(items);
        return this;
    }

    @Override
    public QueueBuilder<Q> maxDeliveries(int deliveries) {
        options = options.withMaxDeliveries(deliveries);
        return this;
    }

    @Override
    public QueueBuilder<Q> keepUnused(Duration atMost) {
        options = options.withKeepUnused(atMost);
        return this;
    }

    @Override
    public Q build() {
        return as.apply(new StoreQueue<>(new ItemQueue(conclave, path, kind, options), codec));
    }
}
