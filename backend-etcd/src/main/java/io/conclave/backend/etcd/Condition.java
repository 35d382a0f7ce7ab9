package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.conclave.spi.Guard;
import io.conclave.spi.NodePath;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.RangeRequest;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a commit needs: the comparison that the server makes of it, the question whose answer shows why it did not hold, and the
 * verdict on that answer.
 *
 * @param index the guard or write that needs it
 * @param compare for the server
 * @param ask what to read if the transaction was refused
 * @param judge what is found there, null if nothing
 */
record Condition(int index, Compare compare, RangeRequest ask, Judge judge) {
    /** jetcd's copy of the protocol is older than comparing leases: the target's number and the field's. */
    private static final int TARGET_LEASE = 4;

    private static final int FIELD_LEASE = 8;

    /** What becomes of the commit. */
    sealed interface Verdict {
        /** It holds. */
        record Holds() implements Verdict {}

        /** Refused, as rule C1 or C2 has it. */
        record Refused() implements Verdict {}

        /** Against a rule of the contract. */
        record Invalid(String why) implements Verdict {}

        /** The node is an ephemeral one of this session's, or is not, other than was thought: to be planned again. */
        record Owner(NodePath path, boolean ours) implements Verdict {}
    }

    static final Verdict HOLDS = new Verdict.Holds();
    static final Verdict REFUSED = new Verdict.Refused();

    interface Judge {
        Verdict of(@Nullable KeyValue found);
    }

    static Condition guard(int index, Guard guard, Keys keys) {
        ByteString key = keys.of(guard.path());
        if (guard instanceof Guard.Absent) {
            return absent(index, key);
        }
        if (guard instanceof Guard.VersionIs versionIs) {
            long version = versionIs.version() + 1;
            return of(
                    index,
                    key,
                    compare(key, Compare.CompareTarget.VERSION, Compare.CompareResult.EQUAL)
                            .setVersion(version),
                    found -> found != null && found.getVersion() == version ? HOLDS : REFUSED);
        }
        Guard.Present present = (Guard.Present) guard;
        if (present.createdRevision().isEmpty()) {
            return present(index, key);
        }
        return createdAt(index, key, present.createdRevision().getAsLong());
    }

    static Condition createdAt(int index, ByteString key, long revision) {
        return of(
                index,
                key,
                created(key, Compare.CompareResult.EQUAL, revision),
                found -> found != null && found.getCreateRevision() == revision ? HOLDS : REFUSED);
    }

    static Condition absent(int index, ByteString key) {
        return of(index, key, created(key, Compare.CompareResult.EQUAL, 0), found -> found == null ? HOLDS : REFUSED);
    }

    static Condition present(int index, ByteString key) {
        return of(index, key, created(key, Compare.CompareResult.GREATER, 0), found -> found != null ? HOLDS : REFUSED);
    }

    /** For what is known not to hold. */
    static Condition never(int index, ByteString key) {
        return of(index, key, created(key, Compare.CompareResult.EQUAL, -1), found -> REFUSED);
    }

    /** A put keeps the lease, so it has to be known whose it is: nobody's or, if {@code ours}, this session's. */
    static Condition lease(int index, NodePath path, ByteString key, long lease, boolean ours) {
        return of(index, key, lease(key, ours ? lease : 0), found -> {
            long owner = found == null ? 0 : found.getLease();
            if (owner == (ours ? lease : 0)) {
                return HOLDS;
            }
            return owner == 0 || owner == lease
                    ? new Verdict.Owner(path, owner == lease)
                    : new Verdict.Invalid(path + " belongs to the session " + Long.toHexString(owner));
        });
    }

    /** Nothing is made below an ephemeral node. */
    static Condition notEphemeral(int index, NodePath above, ByteString key) {
        return of(
                index,
                key,
                lease(key, 0),
                found -> found == null || found.getLease() == 0
                        ? HOLDS
                        : new Verdict.Invalid(above + " is ephemeral and has no children"));
    }

    /** An ephemeral node has nothing below it. */
    static Condition nothingBelow(int index, NodePath path, ByteString prefix) {
        Compare.Builder compare =
                created(prefix, Compare.CompareResult.EQUAL, 0).setRangeEnd(Keys.end(prefix));
        RangeRequest ask = RangeRequest.newBuilder()
                .setKey(prefix)
                .setRangeEnd(Keys.end(prefix))
                .setKeysOnly(true)
                .setLimit(1)
                .build();
        return new Condition(
                index,
                compare.build(),
                ask,
                found -> found == null ? HOLDS : new Verdict.Invalid(path + " has children and cannot be ephemeral"));
    }

    private static Condition of(int index, ByteString key, Compare.Builder compare, Judge judge) {
        RangeRequest ask =
                RangeRequest.newBuilder().setKey(key).setKeysOnly(true).build();
        return new Condition(index, compare.build(), ask, judge);
    }

    static Compare.Builder compare(ByteString key, Compare.CompareTarget target, Compare.CompareResult result) {
        return Compare.newBuilder().setKey(key).setTarget(target).setResult(result);
    }

    private static Compare.Builder created(ByteString key, Compare.CompareResult result, long revision) {
        return compare(key, Compare.CompareTarget.CREATE, result).setCreateRevision(revision);
    }

    private static Compare.Builder lease(ByteString key, long lease) {
        UnknownFieldSet.Field number =
                UnknownFieldSet.Field.newBuilder().addVarint(lease).build();
        return Compare.newBuilder()
                .setKey(key)
                .setTargetValue(TARGET_LEASE)
                .setResult(Compare.CompareResult.EQUAL)
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(FIELD_LEASE, number)
                        .build());
    }
}
