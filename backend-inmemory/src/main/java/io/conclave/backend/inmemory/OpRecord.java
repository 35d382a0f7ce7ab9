package io.conclave.backend.inmemory;

import io.conclave.spi.NodePath;
import java.util.List;

/** What a session remembers of an operation id, so that no second command with it has a second effect. */
sealed interface OpRecord {

    /**
     * It was applied.
     *
     * @param revision where in the order
     * @param made what it created
     * @param undoable whether its only write was one ephemeral sequential create
     */
    record Applied(long revision, List<Made> made, boolean undoable) implements OpRecord {}

    /**
     * It was refused.
     *
     * @param index the first condition that failed
     */
    record Refused(int index) implements OpRecord {}

    /**
     * It can never be applied: it broke a rule, or was withdrawn before it came.
     *
     * @param message why
     */
    record Never(String message) implements OpRecord {}

    /**
     * A node that a commit created.
     *
     * @param path its path
     * @param sequential whether the store composed the name
     * @param number the number in a composed name, else 0
     * @param ephemeral whether it belongs to the session
     */
    record Made(NodePath path, boolean sequential, long number, boolean ephemeral) {}
}
