package io.conclave.spi;

import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;

/** What became of a commit. Failures are {@link BackendException}s; a refusal is a result. */
public sealed interface CommitResult {

    /** The answers to {@link Commit#then()}, in order; empty if they could not be had although the outcome is known (rule C9). */
    List<View> then();

    /**
     * Applied, exactly once.
     *
     * @param revision the commit's place in the order; empty where the backend does not tell it (never when something was created)
     * @param created one node for each create, in the order of the writes. If the outcome was found out later and the sequential node
     *     was gone by then, it stands with its name's stem as path and without a sequence (rule C8)
     * @param then the answers to the reads
     */
    record Applied(OptionalLong revision, List<Node> created, List<View> then) implements CommitResult {
        /** Copies the lists. */
        public Applied {
            Objects.requireNonNull(revision, "revision");
            created = List.copyOf(created);
            then = List.copyOf(then);
        }
    }

    /**
     * Not applied, and never will be: a guard did not hold, or a write met a state that it refuses.
     *
     * @param index the first condition that failed: guards count from 0, then the writes go on counting
     * @param then the answers to the reads
     */
    record Refused(int index, List<View> then) implements CommitResult {
        /** Copies the list. */
        public Refused {
            then = List.copyOf(then);
        }
    }
}
