package io.conclave.internal;

import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Looks what a queue has to give, in its order. Claims are listed before items, so that an item that is completed in between is in the first list or in none: only
 * whoever is in turn adds claims. Used on one drain at a time.
 */
final class QueueLook {
    private static final List<String> TAGS = List.of(QueueLayout.ITEM_TAG);
    private static final int LANES_AT_ONCE = 4;

    /**
     * What was found.
     *
     * @param fresh items that were never delivered, in order, up to the wanted number
     * @param returned keys of items that were delivered before and have no claim, in order
     * @param emptyLanes lanes before the first item, or all, in which nothing stands
     * @param highestLane the largest number of a lane
     * @param nextDueMillis by the wall clock, when the first of those that are not due yet is; 0 if there is none
     */
    record Found(
            List<NodePath> fresh,
            List<String> returned,
            List<String> emptyLanes,
            long highestLane,
            long nextDueMillis) {
        boolean isNothing() {
            return fresh.isEmpty() && returned.isEmpty();
        }

        boolean isBelowAnother(String lane) {
            return QueueKind.numberOf(lane) < highestLane;
        }

        /** True if what came back is to be given before what is fresh. */
        boolean returnedFirst() {
            return !returned.isEmpty()
                    && (fresh.isEmpty()
                            || QueueLayout.laneOf(returned.get(0))
                                            .compareTo(fresh.get(0).parent().name())
                                    <= 0);
        }
    }

    private final ConclaveCore core;
    private final QueueLayout layout;
    private final QueueKind kind;
    private @Nullable String guess;

    QueueLook(ConclaveCore core, QueueLayout layout, QueueKind kind) {
        this.core = core;
        this.layout = layout;
        this.kind = kind;
    }

    /** Looks for so many items. */
    CompletableFuture<Found> look(Session session, int wanted, ReadLevel level, long deadlineNanos) {
        String guessed = guess;
        List<Query> queries = new ArrayList<>(List.of(
                Query.children(layout.claims()), Query.children(layout.deliveries()), Query.children(layout.lanes())));
        if (guessed != null) {
            queries.add(itemsOf(guessed));
        }
        return core.calls().read(session, queries, level, deadlineNanos).thenCompose(views -> {
            Set<String> claims = names(QueueCensus.nodes(views.get(0)));
            Set<String> deliveries = names(QueueCensus.nodes(views.get(1)));
            List<String> lanes = eligible(QueueCensus.nodes(views.get(2)));
            Search search = new Search(session, wanted, claims, deliveries, lanes, deadlineNanos);
            if (guessed != null && !lanes.isEmpty() && lanes.get(0).equals(guessed)) {
                search.take(guessed, QueueCensus.nodes(views.get(3)));
            }
            return search.goOn();
        });
    }

    private Query itemsOf(String lane) {
        return kind.isOrderedByStore(lane)
                ? Query.contenders(layout.itemsOf(lane), TAGS)
                : Query.children(layout.itemsOf(lane));
    }

    private static Set<String> names(List<Node> nodes) {
        Set<String> names = new HashSet<>();
        nodes.forEach(node -> names.add(node.name()));
        return names;
    }

    private List<String> eligible(List<Node> lanes) {
        List<String> names = new ArrayList<>();
        for (Node lane : lanes) {
            if (QueueKind.numberOf(lane.name()) >= 0) {
                names.add(lane.name());
            }
        }
        names.sort(null);
        return names;
    }

    /** One look: lane by lane, until enough was found or the rest is not due. */
    private final class Search {
        private final Session session;
        private final int wanted;
        private final Set<String> claims;
        private final Set<String> deliveries;
        private final List<String> lanes;
        private final long deadlineNanos;
        private final long nowMillis = core.timekeeper().wallClockMillis();
        private final List<NodePath> fresh = new ArrayList<>();
        private final List<String> empty = new ArrayList<>();
        private int next;
        private long nextDue;

        Search(
                Session session,
                int wanted,
                Set<String> claims,
                Set<String> deliveries,
                List<String> lanes,
                long deadlineNanos) {
            this.session = session;
            this.wanted = wanted;
            this.claims = claims;
            this.deliveries = deliveries;
            this.lanes = lanes;
            this.deadlineNanos = deadlineNanos;
        }

        CompletableFuture<Found> goOn() {
            if (next < lanes.size() && kind.beginOf(lanes.get(next)) > nowMillis) {
                noteDue(kind.beginOf(lanes.get(next)));
                next = lanes.size();
            }
            if (fresh.size() >= wanted || next >= lanes.size()) {
                return CompletableFuture.completedFuture(found());
            }
            List<String> asked = lanes.subList(next, Math.min(lanes.size(), next + LANES_AT_ONCE));
            List<Query> queries = asked.stream().map(QueueLook.this::itemsOf).toList();
            return core.calls()
                    .read(session, queries, ReadLevel.OWN_WRITES, deadlineNanos)
                    .thenCompose(views -> {
                        for (int i = 0; i < asked.size(); i++) {
                            take(asked.get(i), QueueCensus.nodes(views.get(i)));
                        }
                        return goOn();
                    });
        }

        /** The items of the next lane. */
        void take(String lane, List<Node> items) {
            next++;
            if (items.isEmpty() && fresh.isEmpty()) {
                empty.add(lane);
            }
            for (Node item : items) {
                String key = QueueLayout.key(item.path());
                long due = kind.dueOf(item.path());
                if (due > nowMillis) {
                    noteDue(due);
                    return;
                }
                if (fresh.size() < wanted && !claims.contains(key) && !deliveries.contains(key)) {
                    fresh.add(item.path());
                }
            }
        }

        private void noteDue(long due) {
            nextDue = nextDue == 0 ? due : Math.min(nextDue, due);
        }

        private Found found() {
            guess = lanes.isEmpty() ? null : lanes.get(0);
            long highest = lanes.stream().mapToLong(QueueKind::numberOf).max().orElse(0);
            TreeSet<String> returned = new TreeSet<>(deliveries);
            returned.removeAll(claims);
            return new Found(fresh, new ArrayList<>(returned), empty, highest, nextDue);
        }
    }
}
