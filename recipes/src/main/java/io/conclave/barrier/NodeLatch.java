package io.conclave.barrier;

import io.conclave.Conclave;
import io.conclave.internal.GuardedNode;
import io.conclave.internal.GuardedNode.Change;
import io.conclave.internal.GuardedNode.Step;
import io.conclave.internal.NodeFollower;
import io.conclave.internal.PendingWait;
import io.conclave.internal.RecipeParts;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The latch: a count under a version guard. */
final class NodeLatch implements DistributedCountDownLatch {
    private static final String KIND = "latch";

    private final NodePath path;
    private final long initial;
    private final GuardedNode node;
    private final NodeFollower follower;

    /** An initial count of 0 takes the latch as others make it. */
    NodeLatch(Conclave conclave, String path, long initial) {
        this.path = RecipeParts.requirePath(path);
        this.initial = initial;
        this.node = new GuardedNode(conclave, this.path, true);
        this.follower = new NodeFollower(conclave, this.path);
    }

    static long requireCount(long count) {
        if (count < 1) {
            throw new IllegalArgumentException("count " + count + " is below 1");
        }
        return count;
    }

    private record State(long generation, long initial, long count) {
        Payload payload() {
            return StateText.of(KIND, generation)
                    .with("initial", initial)
                    .with("count", count)
                    .payload();
        }
    }

    /** The state; empty if the latch was not made yet. */
    private Optional<State> read(Optional<Node> found) {
        return found.map(present -> {
            StateText text = StateText.read(path, KIND, present.data());
            State state = new State(text.generation(), text.number("initial"), text.number("count"));
            if (initial != 0 && state.initial() != initial) {
                throw new IllegalStateException(path + " is a latch of " + state.initial() + ", not of " + initial
                        + ": all who use it must agree");
            }
            return state;
        });
    }

    private State readOrMake(Optional<Node> found) {
        return read(found).orElseGet(() -> {
            if (initial == 0) {
                throw new IllegalStateException("there is no latch " + path + ", and no count to make it with");
            }
            return new State(0, initial, initial);
        });
    }

    @Override
    public String path() {
        return path.toString();
    }

    @Override
    public long count() throws InterruptedException {
        return readOrMake(node.stateNow("count")).count();
    }

    private Change<Long> countingDown() {
        return found -> {
            State state = readOrMake(found);
            long left = state.count() - 1;
            return left < 0
                    ? Step.keep(0L)
                    : Step.write(new State(state.generation(), state.initial(), left).payload(), left);
        };
    }

    @Override
    public long countDown() throws InterruptedException {
        return node.changeNow("countDown", countingDown());
    }

    @Override
    public CompletableFuture<Long> countDownAsync() {
        return node.changeForUser("countDownAsync", countingDown());
    }

    @Override
    public boolean restart() throws InterruptedException {
        return node.changeNow("restart", found -> {
            State state = readOrMake(found);
            return state.count() == 0
                    ? Step.write(new State(state.generation() + 1, state.initial(), state.initial()).payload(), true)
                    : Step.keep(false);
        });
    }

    private PendingWait<Boolean> begin(@Nullable Duration wait) {
        return follower.await(new Reached(), wait, "the end of the count of " + path);
    }

    /** Holds when the count is zero, or was since the first look: only a latch at zero is restarted. */
    private final class Reached implements Function<Optional<Node>, Optional<Boolean>> {
        private long waitsIn = -1;

        @Override
        public Optional<Boolean> apply(Optional<Node> found) {
            Optional<State> made = read(found);
            if (made.isEmpty()) {
                waitsIn = -1; // whoever makes it again begins at generation 0
                return Optional.empty();
            }
            State state = made.get();
            if (state.count() == 0 || (waitsIn >= 0 && state.generation() != waitsIn)) {
                return Optional.of(true);
            }
            waitsIn = state.generation();
            return Optional.empty();
        }
    }

    @Override
    public void await() throws InterruptedException {
        RecipeParts.refuseInCallback("await");
        RecipeParts.awaitForEver(begin(null));
    }

    @Override
    public void await(Duration wait) throws InterruptedException, TimeoutException {
        RecipeParts.refuseInCallback("await");
        begin(Objects.requireNonNull(wait, "wait")).await();
    }

    @Override
    public CompletableFuture<Boolean> awaitAsync() {
        return begin(null).forUser("awaitAsync", late -> {});
    }

    @Override
    public CompletableFuture<Boolean> awaitAsync(Duration wait) {
        return begin(Objects.requireNonNull(wait, "wait")).forUser("awaitAsync", late -> {});
    }

    @Override
    public String toString() {
        return "DistributedCountDownLatch[" + path + "]";
    }
}
