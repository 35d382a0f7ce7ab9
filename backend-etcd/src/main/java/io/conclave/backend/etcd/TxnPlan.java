package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import io.conclave.backend.etcd.Condition.Verdict;
import io.conclave.spi.BackendException;
import io.conclave.spi.Commit;
import io.conclave.spi.Guard;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.NodePath;
import io.conclave.spi.OpId;
import io.conclave.spi.TooManyOperationsException;
import io.conclave.spi.Write;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A commit as one transaction. The comparisons are the slot's revision and everything that guards and writes need. If they hold, the slot
 * and the writes are put and the reads follow; if not, the slot, the facts behind each comparison and, as a rule, the reads come back, from which the
 * first condition that failed is found.
 */
final class TxnPlan {
    private static final int OPERATIONS_MOST = 128;

    /** What a plan needs to know besides the commit. */
    interface Knowledge {
        Keys keys();

        long lease();

        /** The place of a sequential node; 0 if there is no such node. */
        long placeOf(NodePath path);

        /** What the name of the commit's node in that directory is made of if it may come again. */
        OpId nameIn(NodePath directory);

        /** True if a put to it is to be tried as one to an ephemeral node of this session. */
        boolean isOwnEphemeral(NodePath path);
    }

    private final Commit commit;
    private final Knowledge knowledge;
    private final Keys keys;
    private final boolean readsWhenRefused;
    private final List<Condition> conditions = new ArrayList<>();
    private final List<RequestOp> writes = new ArrayList<>();
    private final Map<ByteString, RangeRequest> facts = new LinkedHashMap<>();
    private final Map<NodePath, ByteString> ordered = new LinkedHashMap<>();
    private final Set<ByteString> checked = new HashSet<>();
    private final Set<NodePath> deleted = new HashSet<>();
    private final Set<NodePath> madeEphemeral = new HashSet<>();
    private @Nullable BackendException impossible;

    TxnPlan(Commit commit, Knowledge knowledge) {
        this.commit = commit;
        this.knowledge = knowledge;
        this.keys = knowledge.keys();
        this.readsWhenRefused = !commit.guards().isEmpty()
                || commit.writes().stream().anyMatch(write -> !(write instanceof Write.CreateSequential));
        int index = 0;
        for (Guard guard : commit.guards()) {
            need(Condition.guard(index++, guard, keys));
        }
        for (Write write : commit.writes()) {
            plan(index++, write);
        }
    }

    /** Why it cannot be sent. */
    Optional<BackendException> impossible() {
        return Optional.ofNullable(impossible);
    }

    private void need(Condition condition) {
        conditions.add(condition);
        facts.putIfAbsent(condition.ask().getKey(), condition.ask());
    }

    private void plan(int index, Write write) {
        ByteString key = keys.of(write.place());
        if (write instanceof Write.CreateNamed create) {
            need(Condition.absent(index, key));
            notBelowEphemeral(index, create.path());
            if (create.mode().isEphemeral()) {
                madeEphemeral.add(create.path());
                need(Condition.nothingBelow(index, create.path(), keys.below(create.path())));
            }
            put(key, create, create.mode().isEphemeral());
        } else if (write instanceof Write.CreateSequential create) {
            planSequential(index, create);
        } else if (write instanceof Write.Put put) {
            boolean ours = knowledge.isOwnEphemeral(put.path());
            need(Condition.present(index, key));
            need(Condition.lease(index, put.path(), key, knowledge.lease(), ours));
            put(key, put, ours);
        } else {
            deleted.add(write.place());
            if (!isGuardedToBeThere(write.place())) {
                need(Condition.present(index, key));
            }
            writes.add(RequestOp.newBuilder()
                    .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key))
                    .build());
        }
    }

    private boolean isGuardedToBeThere(NodePath path) {
        return commit.guards().stream()
                .anyMatch(guard ->
                        !(guard instanceof Guard.Absent) && guard.path().equals(path));
    }

    private void put(ByteString key, Write write, boolean withLease) {
        PutRequest.Builder put = PutRequest.newBuilder()
                .setKey(key)
                .setValue(ByteString.copyFrom(write.data().toByteArray()));
        if (withLease) {
            put.setLease(knowledge.lease());
        }
        writes.add(RequestOp.newBuilder().setRequestPut(put).build());
    }

    private void planSequential(int index, Write.CreateSequential create) {
        OpId id = create.recurring() ? knowledge.nameIn(create.directory()) : commit.opId();
        String name = Names.own(id, create.tag());
        NodePath model = create.sameOrderAs();
        if (model != null) {
            long place = deleted.contains(model) ? 0 : knowledge.placeOf(model);
            need(hasPlace(index, model, place));
            name = Names.shared(id, create.tag(), place);
        }
        NodePath path;
        try {
            path = create.directory().child(name);
        } catch (IllegalArgumentException tooLong) {
            impossible = new InvalidRequestException(String.valueOf(tooLong.getMessage()));
            return;
        }
        notBelowEphemeral(index, path);
        ordered.put(create.directory(), keys.of(path));
        put(keys.of(path), create, create.mode().isEphemeral());
    }

    /** The node that has this place is there, and not a later one of its name. */
    private Condition hasPlace(int index, NodePath model, long place) {
        ByteString key = keys.of(model);
        Optional<Names> name = Names.parse(model.name());
        if (name.isEmpty()) {
            impossible = new InvalidRequestException(model + " has no place in the order of its directory");
        }
        if (place == 0) {
            return Condition.never(index, key);
        }
        return name.filter(parsed -> parsed.sharedPlace() == 0).isPresent()
                ? Condition.createdAt(index, key, place)
                : Condition.present(index, key);
    }

    /** Each directory above is looked at once, by the first write that needs it, so that the right one is told. */
    private void notBelowEphemeral(int index, NodePath node) {
        for (NodePath above : node.ancestors()) {
            ByteString key = keys.of(above);
            if (madeEphemeral.contains(above)) {
                impossible = new InvalidRequestException(above + " is ephemeral and has no children");
            } else if (!deleted.contains(above) && checked.add(key)) {
                need(Condition.notEphemeral(index, above, key));
            }
        }
    }

    /** The key of the sequential node that is made in the directory. */
    Optional<ByteString> orderedIn(NodePath directory) {
        return Optional.ofNullable(ordered.get(directory));
    }

    /**
     * The transaction.
     *
     * @param slot what it holds
     * @param fence whether a refusal has to keep earlier copies of this transaction from being applied later
     */
    TxnRequest request(Slots slots, Slots.Slot slot, boolean fence, Reading reading) {
        Compare unwritten = slotCompare(slot);
        TxnRequest.Builder txn = TxnRequest.newBuilder().addCompare(unwritten);
        conditions.forEach(condition -> txn.addCompare(condition.compare()));
        txn.addSuccess(RequestOp.newBuilder().setRequestPut(slots.applied(slot, commit.opId())));
        txn.addAllSuccess(writes);
        if (fence) {
            txn.addFailure(RequestOp.newBuilder()
                    .setRequestTxn(TxnRequest.newBuilder()
                            .addCompare(unwritten)
                            .addSuccess(RequestOp.newBuilder().setRequestPut(slots.fenced(slot, commit.opId())))));
        }
        txn.addFailure(range(RangeRequest.newBuilder().setKey(slot.key).build()));
        facts.values().forEach(fact -> txn.addFailure(range(fact)));
        ordered.values()
                .forEach(key -> txn.addFailure(range(
                        RangeRequest.newBuilder().setKey(key).setKeysOnly(true).build())));
        int left = OPERATIONS_MOST - Math.max(txn.getSuccessCount(), txn.getFailureCount());
        for (RangeRequest range : reading.ask(left)) {
            txn.addSuccess(range(range));
            if (readsWhenRefused) {
                txn.addFailure(range(range));
            }
        }
        int most = Math.max(txn.getCompareCount(), Math.max(txn.getSuccessCount(), txn.getFailureCount()));
        if (most > OPERATIONS_MOST) {
            impossible = new TooManyOperationsException("the commit needs " + most
                    + " operations of etcd, with those for its directories, more than the " + OPERATIONS_MOST
                    + " of a transaction");
        }
        return txn.build();
    }

    /** What only adds to a queue is hardly ever refused: then its reads need a request of their own, and all the others are shorter. */
    boolean readsWhenRefused() {
        return readsWhenRefused;
    }

    static Compare slotCompare(Slots.Slot slot) {
        return Condition.compare(slot.key, Compare.CompareTarget.MOD, Compare.CompareResult.EQUAL)
                .setModRevision(slot.revision)
                .build();
    }

    static RequestOp range(RangeRequest range) {
        return RequestOp.newBuilder().setRequestRange(range).build();
    }

    /** How many answers to writes come before those to reads. */
    int writeCount() {
        return 1 + writes.size();
    }

    /** How many facts are read on refusal. */
    int factCount() {
        return facts.size();
    }

    /** The sequential nodes, whose presence is looked up after the facts, in this order. */
    List<ByteString> orderedKeys() {
        return List.copyOf(ordered.values());
    }

    /** The first condition that the facts refuse, with its verdict; empty if all hold. */
    Optional<Map.Entry<Integer, Verdict>> firstRefused(List<List<KeyValue>> found) {
        Map<ByteString, List<KeyValue>> byKey = new HashMap<>();
        int next = 0;
        for (ByteString asked : facts.keySet()) {
            byKey.put(asked, found.get(next++));
        }
        for (Condition condition : conditions) {
            List<KeyValue> there = byKey.getOrDefault(condition.ask().getKey(), List.of());
            Verdict verdict = condition.judge().of(there.isEmpty() ? null : there.get(0));
            if (!(verdict instanceof Verdict.Holds)) {
                return Optional.of(Map.entry(condition.index(), verdict));
            }
        }
        return Optional.empty();
    }
}
