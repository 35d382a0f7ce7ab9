package io.conclave.barrier;

import io.conclave.Conclave;
import io.conclave.internal.GuardedNode;
import io.conclave.internal.GuardedNode.Step;
import io.conclave.internal.PendingWait;
import io.conclave.internal.RecipeParts;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.View;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The cyclic barrier: {@link Arriving} does the work. */
final class CycleBarrier implements DistributedCyclicBarrier {
    final Conclave conclave;
    final RecipeParts parts;
    final NodePath path;
    final NodePath members;
    private final int parties;
    private final GuardedNode node;

    CycleBarrier(Conclave conclave, String path, int parties) {
        this.conclave = conclave;
        this.parts = new RecipeParts(conclave);
        this.path = RecipeParts.requirePath(path);
        this.members = this.path.child("members");
        this.parties = MemberBarrier.requireParties(parts, parties);
        this.node = new GuardedNode(conclave, this.path, false);
    }

    Query ofState() {
        return Query.get(path);
    }

    Query ofMembers(long generation) {
        return Query.contenders(members, List.of(CycleState.tag(generation)));
    }

    @Override
    public String path() {
        return path.toString();
    }

    @Override
    public int parties() {
        return parties;
    }

    private PendingWait<Integer> begin(@Nullable Duration wait) {
        PendingWait<Integer> pending = parts.pending(wait, "the coming of " + parties + " members to " + path);
        new Arriving(this, pending).start();
        return pending;
    }

    @Override
    public int await() throws InterruptedException, BrokenBarrierException {
        RecipeParts.refuseInCallback("await");
        return RecipeParts.awaitForEver(begin(null), BrokenBarrierException.class);
    }

    @Override
    public int await(Duration wait) throws InterruptedException, TimeoutException, BrokenBarrierException {
        RecipeParts.refuseInCallback("await");
        return begin(Objects.requireNonNull(wait, "wait")).await(BrokenBarrierException.class);
    }

    @Override
    public CompletableFuture<Integer> awaitAsync() {
        return begin(null).forUser("awaitAsync", late -> {});
    }

    @Override
    public CompletableFuture<Integer> awaitAsync(Duration wait) {
        return begin(Objects.requireNonNull(wait, "wait")).forUser("awaitAsync", late -> {});
    }

    private Optional<CycleState> state(String verb) throws InterruptedException {
        return node.stateNow(verb).map(found -> CycleState.read(path, found));
    }

    @Override
    public boolean isBroken() throws InterruptedException {
        return state("isBroken").map(CycleState::broken).orElse(false);
    }

    @Override
    public int waiting() throws InterruptedException {
        Optional<CycleState> state = state("waiting");
        if (state.isEmpty() || state.get().broken()) {
            return 0;
        }
        View view = parts.readNow("waiting", ofMembers(state.get().generation()));
        return ((View.OfNodes) view).nodes().size();
    }

    @Override
    public void reset() throws InterruptedException {
        node.changeNow("reset", (Optional<Node> found) -> {
            CycleState state =
                    found.map(present -> CycleState.read(path, present)).orElseGet(() -> CycleState.first(parties));
            return Step.write(state.reset(parties).payload(), true);
        });
    }

    @Override
    public String toString() {
        return "DistributedCyclicBarrier[" + path + ", " + parties + "]";
    }
}
