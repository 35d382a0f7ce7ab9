package io.conclave.internal;

import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.View;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The commits of whoever is in turn, all guarded by the presence of its place in the line: claims of fresh items, many at a time; the claim of one that came back; the burial
 * of one that came back too often. They are repeated until they are settled or the session is over, in which case the store takes the claims back.
 */
final class ClaimCommit {
    private static final long NEVER = Long.MAX_VALUE / 2;

    private final ConclaveCore core;
    private final QueueLayout layout;
    private final HeldGrant turn;
    private final Session session;
    private final Consumer<ItemClaim> onEnd;

    ClaimCommit(ConclaveCore core, QueueLayout layout, HeldGrant turn, Consumer<ItemClaim> onEnd) {
        this.core = core;
        this.layout = layout;
        this.turn = turn;
        this.session = turn.session();
        this.onEnd = onEnd;
    }

    /** Claims these items; those that have vanished are left out. Empty if there was nothing to be done, or the store has moved on. */
    CompletableFuture<List<ItemClaim>> fresh(List<NodePath> items, long deadlineNanos) {
        List<Query> gets = items.stream().<Query>map(Query::get).toList();
        return core.calls()
                .read(session, gets, ReadLevel.OWN_WRITES, deadlineNanos)
                .thenCompose(views -> {
                    List<Node> present = new ArrayList<>();
                    views.forEach(view -> ((View.OfNode) view).node().ifPresent(present::add));
                    return present.isEmpty() ? CompletableFuture.completedFuture(List.of()) : claim(present);
                });
    }

    private CompletableFuture<List<ItemClaim>> claim(List<Node> items) {
        Commit.Builder commit = commit();
        for (Node item : items) {
            commit.guard(Guard.versionIs(item.path(), item.version()));
        }
        for (Node item : items) {
            String key = QueueLayout.key(item.path());
            commit.write(Write.create(layout.claim(key), who(), CreateMode.EPHEMERAL));
            commit.write(Write.create(layout.delivery(key), Payload.empty(), CreateMode.PERSISTENT));
        }
        return core.calls().commit(session, commit.build()).thenApply(result -> {
            List<ItemClaim> claims = new ArrayList<>();
            if (result instanceof CommitResult.Applied) {
                items.forEach(item -> claims.add(claimOf(item, 0, 1)));
            }
            return claims;
        });
    }

    /** Claims one item that was delivered before, or buries it. */
    CompletableFuture<List<ItemClaim>> returned(String key, int maxDeliveries, long deadlineNanos) {
        List<Query> gets = List.of(Query.get(layout.delivery(key)), Query.get(layout.item(key)));
        return core.calls()
                .read(session, gets, ReadLevel.OWN_WRITES, deadlineNanos)
                .thenCompose(views -> {
                    Optional<Node> delivery = ((View.OfNode) views.get(0)).node();
                    Optional<Node> item = ((View.OfNode) views.get(1)).node();
                    if (delivery.isEmpty()) {
                        return CompletableFuture.completedFuture(List.of());
                    }
                    if (item.isEmpty()) {
                        return done(forget(delivery.get()));
                    }
                    boolean tooOften = maxDeliveries > 0 && delivery.get().version() + 1 >= maxDeliveries;
                    return tooOften ? done(bury(item.get(), delivery.get())) : claimAgain(item.get(), delivery.get());
                });
    }

    private CompletableFuture<List<ItemClaim>> claimAgain(Node item, Node delivery) {
        String key = QueueLayout.key(item.path());
        Commit.Builder commit = commit().guard(Guard.versionIs(delivery.path(), delivery.version()))
                .guard(Guard.versionIs(item.path(), item.version()))
                .write(Write.create(layout.claim(key), who(), CreateMode.EPHEMERAL))
                .write(Write.put(delivery.path(), Payload.empty()));
        long raised = delivery.version() + 1;
        return core.calls()
                .commit(session, commit.build())
                .thenApply(result -> result instanceof CommitResult.Applied
                        ? List.of(claimOf(item, raised, (int) Math.min(Integer.MAX_VALUE, raised + 1)))
                        : List.of());
    }

    private Commit.Builder bury(Node item, Node delivery) {
        return commit().guard(Guard.versionIs(delivery.path(), delivery.version()))
                .guard(Guard.versionIs(item.path(), item.version()))
                .write(Write.create(
                        layout.dead().child(QueueLayout.key(item.path())), item.data(), CreateMode.PERSISTENT))
                .write(Write.delete(item.path()))
                .write(Write.delete(delivery.path()));
    }

    /** The item was removed by hand. */
    private Commit.Builder forget(Node delivery) {
        return commit().guard(Guard.versionIs(delivery.path(), delivery.version()))
                .write(Write.delete(delivery.path()));
    }

    private CompletableFuture<List<ItemClaim>> done(Commit.Builder commit) {
        return core.calls().commit(session, commit.build()).thenApply(result -> List.of());
    }

    private Commit.Builder commit() {
        Node place = turn.node();
        return Commit.builder(session.newOpId(), core.timekeeper().nanoTime() + NEVER)
                .guard(Guard.present(place.path(), place.createdRevision().orElseThrow()));
    }

    private Payload who() {
        return ContenderData.write(core.owner(), core.timekeeper().wallClockMillis());
    }

    private ItemClaim claimOf(Node item, long deliveryVersion, int delivery) {
        return new ItemClaim(
                core,
                layout,
                session,
                QueueLayout.key(item.path()),
                item.data(),
                item.version(),
                deliveryVersion,
                delivery,
                onEnd);
    }
}
