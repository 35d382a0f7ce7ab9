package io.conclave.barrier;

import io.conclave.Conclave;
import io.conclave.internal.GuardedNode;
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

/** The gate. */
final class GateBarrier implements DistributedBarrier {
    private static final String KIND = "gate";

    private final NodePath path;
    private final GuardedNode node;
    private final NodeFollower follower;

    GateBarrier(Conclave conclave, String path) {
        this.path = RecipeParts.requirePath(path);
        this.node = new GuardedNode(conclave, this.path, false);
        this.follower = new NodeFollower(conclave, this.path);
    }

    /** Open or blocked; each opening ends a generation. */
    private record State(long generation, boolean open) {
        Payload payload() {
            return StateText.of(KIND, generation).with("open", open).payload();
        }
    }

    private State read(Optional<Node> found) {
        if (found.isEmpty()) {
            return new State(0, true);
        }
        StateText text = StateText.read(path, KIND, found.get().data());
        return new State(text.generation(), text.is("open"));
    }

    @Override
    public String path() {
        return path.toString();
    }

    @Override
    public boolean block() throws InterruptedException {
        return node.changeNow("block", found -> {
            State state = read(found);
            return state.open() ? Step.write(new State(state.generation(), false).payload(), true) : Step.keep(false);
        });
    }

    @Override
    public boolean open() throws InterruptedException {
        return node.changeNow("open", found -> {
            State state = read(found);
            return state.open()
                    ? Step.keep(false)
                    : Step.write(new State(state.generation() + 1, true).payload(), true);
        });
    }

    @Override
    public boolean isOpen() throws InterruptedException {
        return read(node.stateNow("isOpen")).open();
    }

    private PendingWait<Boolean> begin(@Nullable Duration wait) {
        return follower.await(new Opening(), wait, "the opening of " + path);
    }

    /** Holds when it is open, or was opened since the first look. */
    private final class Opening implements Function<Optional<Node>, Optional<Boolean>> {
        private long waitsIn = -1;

        @Override
        public Optional<Boolean> apply(Optional<Node> found) {
            State state = read(found);
            if (state.open() || (waitsIn >= 0 && state.generation() != waitsIn)) {
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
        return "DistributedBarrier[" + path + "]";
    }
}
