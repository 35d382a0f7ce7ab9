package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import io.conclave.backend.etcd.Condition.Verdict;
import io.conclave.spi.Commit;
import io.conclave.spi.NodePath;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.ResponseOp;
import io.etcd.jetcd.api.TxnResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the server's answer to a {@link TxnPlan} says. */
sealed interface TxnReply {
    /**
     * Applied, by this transaction or by an earlier copy of it.
     *
     * @param revision its place in the order
     * @param gone the sequential nodes that it made and that are not there any more
     */
    record Applied(long revision, Set<ByteString> gone) implements TxnReply {}

    /** Refused by that condition; no copy can be applied any more. */
    record Refused(int index) implements TxnReply {}

    /** Against the contract. */
    record Invalid(String why) implements TxnReply {}

    /** To be planned again, knowing whether that node is an ephemeral one of this session. */
    record Owner(NodePath path, boolean ours) implements TxnReply {}

    /** The slot, which lives as long as the session, is gone, and with it the result of earlier copies. This one was not applied. */
    record SessionOver() implements TxnReply {}

    /** Nothing was decided, as an earlier fence was in the way: to be sent again. */
    record Again() implements TxnReply {}

    /** Reads the answer, notes the slot's revision, and hands the answers to reads on. */
    static TxnReply of(TxnPlan plan, Commit commit, Slots.Slot slot, boolean fence, Reading reading, TxnResponse txn) {
        long revision = txn.getHeader().getRevision();
        if (txn.getSucceeded()) {
            slot.revision = revision;
            reading.applied(revision);
            reading.take(ranges(txn.getResponsesList(), plan.writeCount()), revision);
            return new Applied(revision, Set.of());
        }
        List<ResponseOp> answers = txn.getResponsesList();
        int next = 0;
        boolean fenced = fence && answers.get(next++).getResponseTxn().getSucceeded();
        Optional<KeyValue> stands =
                answers.get(next++).getResponseRange().getKvsList().stream().findFirst();
        long expected = slot.revision;
        if (Slots.isGone(expected, stands)) {
            return new SessionOver();
        }
        slot.revision = stands.map(KeyValue::getModRevision).orElse(0L);
        if (stands.isPresent() && Slots.isApplied(stands.get(), commit.opId())) {
            reading.applied(slot.revision);
            next += plan.factCount();
            Set<ByteString> gone = new HashSet<>();
            for (ByteString key : plan.orderedKeys()) {
                if (answers.get(next++).getResponseRange().getKvsCount() == 0) {
                    gone.add(key);
                }
            }
            takeReads(plan, reading, answers, next, revision);
            return new Applied(slot.revision, gone);
        }
        if (!fenced && slot.revision != expected) {
            return new Again();
        }
        List<List<KeyValue>> facts = new ArrayList<>();
        for (int i = 0; i < plan.factCount(); i++) {
            facts.add(answers.get(next++).getResponseRange().getKvsList());
        }
        reading.refused();
        takeReads(plan, reading, answers, next + plan.orderedKeys().size(), revision);
        return verdict(plan.firstRefused(facts));
    }

    private static void takeReads(TxnPlan plan, Reading reading, List<ResponseOp> answers, int from, long revision) {
        if (plan.readsWhenRefused()) {
            reading.take(ranges(answers, from), revision);
        }
    }

    private static TxnReply verdict(Optional<Map.Entry<Integer, Verdict>> first) {
        if (first.isEmpty()) {
            return new Again();
        }
        Verdict verdict = first.get().getValue();
        if (verdict instanceof Verdict.Owner owner) {
            return new Owner(owner.path(), owner.ours());
        }
        return verdict instanceof Verdict.Invalid invalid
                ? new Invalid(invalid.why())
                : new Refused(first.get().getKey());
    }

    private static List<RangeResponse> ranges(List<ResponseOp> answers, int from) {
        return answers.subList(from, answers.size()).stream()
                .map(ResponseOp::getResponseRange)
                .toList();
    }
}
