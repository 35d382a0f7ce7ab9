package io.conclave.backend.zookeeper;

import io.conclave.spi.NodePath;
import io.conclave.spi.Write;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.jspecify.annotations.Nullable;

/** A commit as one transaction: the operations, and what a failure of each of them means. */
final class Plan {
    /** What the failure of an operation means. */
    enum Meaning {
        /** The condition does not hold: the commit is refused. */
        REFUSED,
        /** The belief about the path was wrong: read it and put the commit together again. */
        STALE,
        /** A directory above is missing. */
        PARENTS,
        /** The contract forbids it. */
        INVALID
    }

    /**
     * One operation.
     *
     * @param op what is sent
     * @param condition the index of the guard or write that it stands for
     * @param path whose state it depends on
     * @param onAbsent what NONODE means
     * @param onChanged what BADVERSION means
     * @param onThere what NODEEXISTS means
     * @param reason what to say if it is invalid
     */
    record Step(
            Op op,
            int condition,
            NodePath path,
            Meaning onAbsent,
            Meaning onChanged,
            Meaning onThere,
            @Nullable String reason) {
        /** The meaning of a failure; null for one that the plan does not know. */
        @Nullable
        Meaning meaning(Code code) {
            return switch (code) {
                case NONODE -> onAbsent;
                case BADVERSION -> onChanged;
                case NODEEXISTS -> onThere;
                case NOTEMPTY -> Meaning.STALE;
                case NOCHILDRENFOREPHEMERALS -> Meaning.INVALID;
                default -> null;
            };
        }
    }

    /**
     * What a write makes.
     *
     * @param operation the index of its operation in the transaction, the slot's not counted
     * @param write the create
     * @param kind what it becomes
     * @param stem for sequential nodes the real path up to the number
     */
    record Creation(
            int operation,
            Write write,
            Fact.Kind kind,
            @Nullable String stem) {}

    /** What a put or create makes the version of a persistent node. */
    record NewVersion(NodePath path, int version) {}

    private static final int OPERATION_BYTES = 80;

    final List<Step> steps = new ArrayList<>();
    final List<Creation> creations = new ArrayList<>();
    final List<NewVersion> versions = new ArrayList<>();
    /** What must be read before the commit can be put together. */
    final Set<NodePath> needs = new LinkedHashSet<>();

    private int bytes;

    void add(Step step, int dataBytes) {
        steps.add(step);
        bytes += OPERATION_BYTES + dataBytes + step.op().getPath().getBytes(StandardCharsets.UTF_8).length;
    }

    /** The operations in order, without the slot's. */
    List<Op> operations() {
        List<Op> operations = new ArrayList<>(steps.size() + 1);
        for (Step step : steps) {
            operations.add(step.op());
        }
        return operations;
    }

    /** No less than the bytes that go over the wire. */
    int bytes() {
        return bytes;
    }
}
