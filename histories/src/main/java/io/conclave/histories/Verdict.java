package io.conclave.histories;

import java.util.List;

/** What a checker found. */
public sealed interface Verdict {
    /** True of {@link Ok} alone. */
    default boolean isOk() {
        return this instanceof Ok;
    }

    /**
     * Some order of the operations explains all answers.
     *
     * @param operations how many were judged
     * @param configurations how many situations were looked at
     */
    record Ok(long operations, long configurations) implements Verdict {
        @Override
        public String toString() {
            return "ok: " + operations + " operations, " + configurations + " configurations";
        }
    }

    /**
     * No order explains them: the object, or the client, has a bug.
     *
     * @param model the model that it breaks
     * @param key the object
     * @param prefix the shortest beginning of the history that cannot be explained: what was called and what was answered by then
     * @param explanation for people, several lines
     */
    record Violation(String model, String key, List<Operation> prefix, String explanation) implements Verdict {
        /** Copies the operations. */
        public Violation {
            prefix = List.copyOf(prefix);
        }

        @Override
        public String toString() {
            return explanation;
        }
    }

    /**
     * The search was given up: nothing was found wrong, and nothing proven.
     *
     * @param key the object at which it was
     * @param configurations how many situations had been looked at
     */
    record BudgetExceeded(String key, long configurations) implements Verdict {
        @Override
        public String toString() {
            return "undecided: gave up at key " + key + " after " + configurations + " configurations";
        }
    }
}
