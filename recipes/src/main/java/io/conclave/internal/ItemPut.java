package io.conclave.internal;

import io.conclave.spi.Commit;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** One put that is under way, and the commit that does it. Touched on the putter's drain only, but for its future. */
final class ItemPut {
    /** How a put ended. */
    enum Result {
        PUT,
        FULL,
        REFUSED
    }

    /** How a refusal is to be taken. */
    enum Meaning {
        TAIL_CHANGED,
        LANE_EXISTS,
        REFUSED
    }

    final List<Payload> values;
    final long rank;
    boolean waitsForRoom;
    final List<Write> alsoDone;
    final CompletableFuture<Result> done = new CompletableFuture<>();
    long deadlineNanos;
    int refusals;

    ItemPut(List<Payload> values, long rank, boolean waitsForRoom, List<Write> alsoDone) {
        this.values = List.copyOf(values);
        this.rank = rank;
        this.waitsForRoom = waitsForRoom;
        this.alsoDone = alsoDone;
    }

    /** The commit of a put, for a tail as it was read. Exact: it is refused if the tail is another by then. */
    static final class Plan {
        private final QueueLayout layout;
        private final ItemPut put;
        private final QueueTail before;
        private final long version;
        private final boolean tailIsNew;
        private final String lane;
        private final List<String> newLanes = new ArrayList<>();
        final QueueTail after;

        /**
         * Plans a put.
         *
         * @param version the tail's; -1 if there is none yet
         * @param known lanes that surely exist
         * @param advance whether the present lane is long enough
         */
        Plan(QueueLayout layout, ItemPut put, QueueTail before, long version, Set<String> known, boolean advance) {
            this.layout = layout;
            this.put = put;
            this.before = before;
            this.version = version;
            this.tailIsNew = version < 0;
            QueueKind kind = before.kind();
            boolean counted = kind != QueueKind.DELAY;
            boolean batch = counted && put.values.size() > 1;
            long step = batch ? 2 : counted && advance ? 1 : 0;
            this.after = before.withLane(before.lane() + step).withSize(before.size() + (long) put.values.size());
            this.lane = batch ? kind.batchLane(put.rank, before.lane() + 1) : kind.lane(put.rank, after.lane());
            if (kind == QueueKind.FIFO) {
                if (batch) {
                    newLanes.add(lane);
                }
                if (step > 0 || tailIsNew) {
                    newLanes.add(kind.lane(0, after.lane()));
                }
            } else if (!known.contains(lane)) {
                newLanes.add(lane);
            }
        }

        boolean changesTail() {
            return tailIsNew || !after.equals(before) || before.capacity() > 0;
        }

        List<String> newLanes() {
            return newLanes;
        }

        String lane() {
            return lane;
        }

        /** The tail comes first, then the lanes, the items, and what the caller adds. */
        void addTo(Commit.Builder commit, OpId id) {
            if (!tailIsNew) {
                commit.guard(Guard.versionIs(layout.tail(), version));
            }
            if (tailIsNew) {
                commit.write(Write.create(layout.tail(), after.write(), CreateMode.PERSISTENT));
            } else if (changesTail()) {
                commit.write(Write.put(layout.tail(), after.write()));
            }
            for (String one : newLanes) {
                commit.write(Write.create(layout.lane(one), Payload.empty(), CreateMode.PERSISTENT));
                commit.write(Write.create(layout.itemsOf(one), Payload.empty(), CreateMode.PERSISTENT));
            }
            NodePath items = layout.itemsOf(lane);
            if (before.kind().isOrderedByStore(lane)) {
                commit.write(Write.createSequential(
                        items, QueueLayout.ITEM_TAG, put.values.get(0), CreateMode.PERSISTENT_SEQUENTIAL));
            } else {
                for (int i = 0; i < put.values.size(); i++) {
                    commit.write(Write.create(items.child(name(id, i)), put.values.get(i), CreateMode.PERSISTENT));
                }
            }
            put.alsoDone.forEach(commit::write);
        }

        private String name(OpId id, int index) {
            return before.kind() == QueueKind.DELAY
                    ? String.format("%013d-%s-%04d", put.rank, id.toUuidText(), index)
                    : String.format("%04d", index);
        }

        /** What a refusal at this condition says: the guard comes first, then the writes in their order. */
        Meaning meaning(int index) {
            int ofTail = (tailIsNew ? 0 : 1) + (changesTail() ? 1 : 0);
            if (index < ofTail) {
                return Meaning.TAIL_CHANGED;
            }
            return index < ofTail + 2 * newLanes.size() ? Meaning.LANE_EXISTS : Meaning.REFUSED;
        }
    }
}
