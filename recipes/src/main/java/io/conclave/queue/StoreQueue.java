package io.conclave.queue;

import io.conclave.Codec;
import io.conclave.internal.ItemClaim;
import io.conclave.internal.ItemQueue;
import io.conclave.internal.QueueCensus;
import io.conclave.internal.StandardCodecs;
import io.conclave.spi.Node;
import io.conclave.spi.Payload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The one implementation behind all queues: what differs between them is the rank that a put has. */
final class StoreQueue<T> implements ClaimSource<T> {
    private final ItemQueue engine;
    private final Codec<T> codec;

    StoreQueue(ItemQueue engine, Codec<T> codec) {
        this.engine = engine;
        this.codec = codec;
    }

    long wallClockMillis() {
        return engine.wallClockMillis();
    }

    private List<Payload> encoded(List<? extends T> values) {
        List<Payload> payloads = new ArrayList<>();
        values.forEach(value -> payloads.add(StandardCodecs.encode(codec, value)));
        return payloads;
    }

    void put(long rank, List<? extends T> values) throws InterruptedException {
        try {
            engine.put(encoded(values), rank, null);
        } catch (TimeoutException never) {
            throw new IllegalStateException("a wait without an end ended", never);
        }
    }

    void put(long rank, List<? extends T> values, @Nullable Duration wait)
            throws InterruptedException, TimeoutException {
        engine.put(encoded(values), rank, wait);
    }

    boolean tryPut(long rank, T value) throws InterruptedException {
        return engine.tryPut(encoded(List.of(value)), rank);
    }

    CompletableFuture<Void> putAsync(long rank, T value) {
        return engine.putAsync(encoded(List.of(value)), rank);
    }

    @Override
    public String path() {
        return engine.path().toString();
    }

    private Claim<T> claim(ItemClaim claim) {
        return new StoreClaim<>(claim, codec);
    }

    @Override
    public Claim<T> take() throws InterruptedException {
        try {
            return claim(engine.take(null));
        } catch (TimeoutException never) {
            throw new IllegalStateException("a wait without an end ended", never);
        }
    }

    @Override
    public Claim<T> take(Duration wait) throws InterruptedException, TimeoutException {
        return claim(engine.take(wait));
    }

    @Override
    public Optional<Claim<T>> tryTake() throws InterruptedException {
        return engine.tryTake().map(this::claim);
    }

    @Override
    public CompletableFuture<Claim<T>> takeAsync() {
        CompletableFuture<ItemClaim> taken = engine.takeAsync();
        CompletableFuture<Claim<T>> user = new CompletableFuture<>();
        var unused = taken.whenComplete((claim, failure) -> {
            if (claim == null) {
                user.completeExceptionally(failure);
            } else if (!user.complete(claim(claim))) {
                claim.close();
            }
        });
        var unusedToo = user.whenComplete((claim, failure) -> taken.cancel(false));
        return user;
    }

    @Override
    public QueueStats stats() throws InterruptedException {
        QueueCensus census = engine.census();
        int capacity = engine.capacity();
        return new QueueStats(
                census.items(),
                census.claimed(),
                census.returned(),
                census.dead(),
                capacity == 0 ? OptionalInt.empty() : OptionalInt.of(capacity));
    }

    @Override
    public List<DeadLetter<T>> deadLetters(int limit) throws InterruptedException {
        if (limit < 1) {
            throw new IllegalArgumentException("limit " + limit + " is below 1");
        }
        return engine.dead(limit).stream().map(this::deadLetter).toList();
    }

    private DeadLetter<T> deadLetter(Node node) {
        return new DeadLetter<>(node.name(), () -> StandardCodecs.decode(codec, node.path(), node.data()));
    }

    @Override
    public boolean putBack(String id) throws InterruptedException {
        return engine.putBackDead(id);
    }

    @Override
    public boolean discard(String id) throws InterruptedException {
        return engine.discardDead(id);
    }

    @Override
    public void close() {
        engine.close();
    }

    @Override
    public String toString() {
        return "Queue[" + path() + "]";
    }
}
