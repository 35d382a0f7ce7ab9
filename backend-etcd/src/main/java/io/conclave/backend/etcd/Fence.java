package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import io.conclave.spi.OpId;
import io.etcd.jetcd.api.DeleteRangeRequest;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import java.util.Optional;

/** The transaction that settles an operation: writes its slot, so that no copy of it can be applied any more, unless one was. */
final class Fence {
    private Fence() {}

    /** The request; if the operation was applied, the contender that it made goes with it. */
    static TxnRequest request(Slots slots, Slots.Slot slot, OpId id, Optional<ByteString> contender) {
        TxnRequest.Builder txn = TxnRequest.newBuilder()
                .addCompare(TxnPlan.slotCompare(slot))
                .addSuccess(RequestOp.newBuilder().setRequestPut(slots.fenced(slot, id)))
                .addFailure(
                        TxnPlan.range(RangeRequest.newBuilder().setKey(slot.key).build()));
        contender.ifPresent(key -> txn.addFailure(delete(key)));
        return txn.build();
    }

    /** Deletes a contender that was made at that revision, and no later one of its name. */
    static TxnRequest undo(ByteString contender, long createdRevision) {
        return TxnRequest.newBuilder()
                .addCompare(Condition.createdAt(0, contender, createdRevision).compare())
                .addSuccess(delete(contender))
                .build();
    }

    private static RequestOp delete(ByteString key) {
        return RequestOp.newBuilder()
                .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key))
                .build();
    }

    /** Whether it had been applied; the slot's revision is known afterwards. Empty if nobody can tell, as the slot has gone with its session. */
    static Optional<Boolean> wasApplied(TxnResponse answer, Slots.Slot slot, OpId id) {
        if (answer.getSucceeded()) {
            slot.revision = answer.getHeader().getRevision();
            return Optional.of(false);
        }
        Optional<KeyValue> stands =
                answer.getResponses(0).getResponseRange().getKvsList().stream().findFirst();
        if (Slots.isGone(slot.revision, stands)) {
            return Optional.empty();
        }
        slot.revision = stands.map(KeyValue::getModRevision).orElse(0L);
        return Optional.of(stands.isPresent() && Slots.isApplied(stands.get(), id));
    }
}
