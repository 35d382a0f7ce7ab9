package io.conclave.internal;

import io.conclave.spi.Node;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.View;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * How many items a queue has, counted in the store.
 *
 * @param items all items that are in it, claimed or not
 * @param claimed those that a consumer has
 * @param returned those that were delivered before and have no consumer now
 * @param dead those that were delivered too often
 */
public record QueueCensus(int items, int claimed, int returned, int dead) {

    /** Counts: one request for each lane and four more. */
    static CompletableFuture<QueueCensus> take(
            StoreCalls store, QueueLayout layout, ReadLevel level, long deadlineNanos) {
        List<Query> first = List.of(
                Query.children(layout.claims()),
                Query.children(layout.deliveries()),
                Query.children(layout.dead()),
                Query.children(layout.lanes()));
        return store.read(first, level, deadlineNanos).thenCompose(views -> {
            List<Node> lanes = nodes(views.get(3));
            int claimed = nodes(views.get(0)).size();
            int delivered = nodes(views.get(1)).size();
            int dead = nodes(views.get(2)).size();
            if (lanes.isEmpty()) {
                return CompletableFuture.completedFuture(
                        new QueueCensus(0, claimed, Math.max(0, delivered - claimed), dead));
            }
            List<Query> second = lanes.stream()
                    .<Query>map(lane -> Query.children(layout.itemsOf(lane.name())))
                    .toList();
            return store.read(second, ReadLevel.OWN_WRITES, deadlineNanos)
                    .thenApply(items -> new QueueCensus(
                            items.stream().mapToInt(view -> nodes(view).size()).sum(),
                            claimed,
                            Math.max(0, delivered - claimed),
                            dead));
        });
    }

    static List<Node> nodes(View view) {
        return ((View.OfNodes) view).nodes();
    }
}
