package io.conclave.counter;

import io.conclave.Codec;
import io.conclave.Conclave;
import io.conclave.internal.GuardedNode;
import io.conclave.internal.GuardedNode.Change;
import io.conclave.internal.GuardedNode.Step;
import io.conclave.internal.RecipeParts;
import io.conclave.internal.StandardCodecs;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongUnaryOperator;

/** The counter: changes of one node's eight bytes. */
final class NodeCounter implements DistributedCounter {
    private final RecipeParts parts;
    private final NodePath path;
    private final GuardedNode node;

    NodeCounter(Conclave conclave, String path) {
        this.parts = new RecipeParts(conclave);
        this.path = RecipeParts.requirePath(path);
        this.node = new GuardedNode(conclave, this.path, true);
    }

    @Override
    public String path() {
        return path.toString();
    }

    private long value(Optional<Node> state) {
        return state.map(present -> StandardCodecs.decode(Codec.longs(), path, present.data()))
                .orElse(0L);
    }

    private static <R> Step<R> write(long value, R result) {
        return Step.write(StandardCodecs.encode(Codec.longs(), value), result);
    }

    private Change<Long> adding(long delta) {
        return state -> {
            long sum = sum(value(state), delta);
            return write(sum, sum);
        };
    }

    private long sum(long value, long delta) {
        try {
            return Math.addExact(value, delta);
        } catch (ArithmeticException overflow) {
            throw new ArithmeticException(path + " is " + value + ": adding " + delta + " leaves the range of 64 bits");
        }
    }

    private Change<Boolean> comparing(long expected, long value) {
        return state -> value(state) == expected ? write(value, true) : Step.keep(false);
    }

    @Override
    public long get() throws InterruptedException {
        return value(node.stateNow("get"));
    }

    @Override
    public long add(long delta) throws InterruptedException {
        return node.changeNow("add", adding(delta));
    }

    @Override
    public long getAndAdd(long delta) throws InterruptedException {
        return node.changeNow("getAndAdd", state -> write(sum(value(state), delta), value(state)));
    }

    @Override
    public long getAndSet(long value) throws InterruptedException {
        return node.changeNow("getAndSet", state -> write(value, value(state)));
    }

    @Override
    public boolean compareAndSet(long expected, long value) throws InterruptedException {
        return node.changeNow("compareAndSet", comparing(expected, value));
    }

    @Override
    public long update(LongUnaryOperator function) throws InterruptedException {
        Objects.requireNonNull(function, "function");
        Timekeeper time = parts.timekeeper();
        long deadline = parts.callDeadline();
        while (true) {
            long before = get();
            long after = function.applyAsLong(before);
            if (compareAndSet(before, after)) {
                return after;
            }
            if (time.isPast(deadline)) {
                throw new UnavailableException(path + " was changed by others all the time");
            }
        }
    }

    @Override
    public CompletableFuture<Long> getAsync() {
        return parts.forUser("getAsync", node.state().thenApply(this::value));
    }

    @Override
    public CompletableFuture<Long> addAsync(long delta) {
        return node.changeForUser("addAsync", adding(delta));
    }

    @Override
    public CompletableFuture<Boolean> compareAndSetAsync(long expected, long value) {
        return node.changeForUser("compareAndSetAsync", comparing(expected, value));
    }

    @Override
    public String toString() {
        return "DistributedCounter[" + path + "]";
    }
}
