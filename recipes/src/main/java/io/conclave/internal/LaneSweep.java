package io.conclave.internal;

import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Removes lanes that were emptied. A lane below the tail's number can never be put into again, since each put is guarded by the tail as it was; so one that is seen empty after
 * the tail was read is empty for good. Runs in the background, one at a time.
 */
final class LaneSweep {
    private static final int LANES_AT_ONCE = 16;

    private final ConclaveCore core;
    private final StoreCalls store;
    private final QueueLayout layout;
    private final QueueKind kind;
    private final AtomicBoolean busy = new AtomicBoolean();

    LaneSweep(ConclaveCore core, StoreCalls store, QueueLayout layout, QueueKind kind) {
        this.core = core;
        this.store = store;
        this.layout = layout;
        this.kind = kind;
    }

    /** Sweeps if the look has seen empty lanes that may be closed. */
    void maySweep(QueueLook.Found found) {
        long closesBelow = kind.closesBelow(core.timekeeper().wallClockMillis());
        List<String> candidates = found.emptyLanes().stream()
                .filter(lane ->
                        kind == QueueKind.DELAY ? QueueKind.numberOf(lane) < closesBelow : found.isBelowAnother(lane))
                .limit(LANES_AT_ONCE)
                .toList();
        if (!candidates.isEmpty() && busy.compareAndSet(false, true)) {
            CompletableFuture<Void> done = sweep(candidates, closesBelow);
            Calls.whenDone(done, Runnable::run, (nothing, failure) -> busy.set(false));
            Calls.inBackground(done, "removing emptied lanes");
        }
    }

    private CompletableFuture<Void> sweep(List<String> lanes, long closesBelow) {
        long deadline = core.callDeadline();
        return store.read(List.of(Query.get(layout.tail())), ReadLevel.OWN_WRITES, deadline)
                .thenCompose(views -> {
                    Optional<Node> node = ((View.OfNode) views.get(0)).node();
                    if (node.isEmpty()) {
                        return CompletableFuture.completedFuture(null);
                    }
                    QueueTail tail = QueueTail.read(node.get(), kind);
                    return tail.lane() < closesBelow
                            ? close(node.get(), tail.withLane(closesBelow), deadline)
                            : remove(lanes, tail.lane(), deadline);
                });
    }

    /** The next sweep removes what this one closes. */
    private CompletableFuture<Void> close(Node tail, QueueTail closed, long deadline) {
        return store.commit(
                        deadline,
                        (commit, id) -> commit.guard(Guard.versionIs(tail.path(), tail.version()))
                                .write(Write.put(tail.path(), closed.write())))
                .thenAccept(result -> {});
    }

    private CompletableFuture<Void> remove(List<String> lanes, long open, long deadline) {
        List<String> closed =
                lanes.stream().filter(lane -> QueueKind.numberOf(lane) < open).toList();
        if (closed.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        List<Query> queries = closed.stream()
                .<Query>map(lane -> Query.children(layout.itemsOf(lane)))
                .toList();
        return store.read(queries, ReadLevel.OWN_WRITES, deadline).thenCompose(views -> {
            List<CompletableFuture<?>> removals = new ArrayList<>();
            for (int i = 0; i < closed.size(); i++) {
                String lane = closed.get(i);
                if (QueueCensus.nodes(views.get(i)).isEmpty()) {
                    removals.add(store.commit(
                            deadline,
                            (commit, id) -> commit.write(Write.delete(layout.itemsOf(lane)))
                                    .write(Write.delete(layout.lane(lane)))));
                }
            }
            return CompletableFuture.allOf(removals.toArray(CompletableFuture[]::new));
        });
    }
}
