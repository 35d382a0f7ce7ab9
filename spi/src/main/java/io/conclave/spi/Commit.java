package io.conclave.spi;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The one write primitive: if all guards hold, all writes take effect at one place in the order of the namespace; then the
 * queries are answered from a state that includes them (rules C1 to C9).
 *
 * @param opId the identity of this commit, from {@link Session#newOpId()}
 * @param guards the conditions, judged in order against the state before the writes
 * @param writes at least one
 * @param then the reads that follow; answered on refusal too
 * @param deadlineNanos on the {@link Timekeeper}'s scale: the stage is completed by then. It recalls nothing that was sent: see
 *     {@link Session#withdraw}
 */
public record Commit(OpId opId, List<Guard> guards, List<Write> writes, List<Query> then, long deadlineNanos) {
    /** Copies the lists; refuses a commit without writes, two sequential creates in one directory (rule O3) and two writes of one node (rule C2). */
    public Commit {
        Objects.requireNonNull(opId, "opId");
        guards = List.copyOf(guards);
        writes = List.copyOf(writes);
        then = List.copyOf(then);
        if (writes.isEmpty()) {
            throw new IllegalArgumentException("a commit without writes: use read");
        }
        Set<NodePath> ordered = new HashSet<>();
        Set<NodePath> written = new HashSet<>();
        for (Write write : writes) {
            boolean inOrder = write instanceof Write.CreateSequential;
            if (!(inOrder ? ordered : written).add(write.place())) {
                throw new IllegalArgumentException(
                        (inOrder ? "two sequential creates in the directory " : "two writes of the node ")
                                + write.place() + " in one commit");
            }
        }
        for (Query query : then) {
            if (query instanceof Query.Children children
                    && children.bound() == Query.Bound.BEFORE_OWN_CREATE
                    && !ordered.contains(children.directory())) {
                throw new IllegalArgumentException("BEFORE_OWN_CREATE asked for " + children.directory()
                        + ", where the commit creates nothing in order");
            }
        }
    }

    /** Starts a commit. */
    public static Builder builder(OpId opId, long deadlineNanos) {
        return new Builder(opId, deadlineNanos);
    }

    /** The same commit with another deadline: what a retry sends. */
    public Commit withDeadline(long newDeadlineNanos) {
        return new Commit(opId, guards, writes, then, newDeadlineNanos);
    }

    /** The number of guards, writes and reads together, for {@link Capabilities#maxOperations()}. */
    public int operations() {
        return guards.size() + writes.size() + then.size();
    }

    /** Collects the parts of a commit in the order in which they are judged. */
    public static final class Builder {
        private final OpId opId;
        private final long deadlineNanos;
        private final List<Guard> guards = new ArrayList<>();
        private final List<Write> writes = new ArrayList<>();
        private final List<Query> then = new ArrayList<>();

        private Builder(OpId opId, long deadlineNanos) {
            this.opId = opId;
            this.deadlineNanos = deadlineNanos;
        }

        /** Adds a guard. */
        public Builder guard(Guard guard) {
            guards.add(guard);
            return this;
        }

        /** Adds a write. */
        public Builder write(Write write) {
            writes.add(write);
            return this;
        }

        /** Adds a read that follows the writes. */
        public Builder then(Query query) {
            then.add(query);
            return this;
        }

        /** The commit. */
        public Commit build() {
            return new Commit(opId, guards, writes, then, deadlineNanos);
        }
    }
}
