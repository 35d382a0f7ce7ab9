package io.conclave.histories;

import java.util.List;
import java.util.Map;

/**
 * Tells whether a history is linearizable: whether each operation can be thought to happen in one instant between its call and its return so that all answers are right.
 *
 * <p>A search after Wing and Gong ("Testing and verifying concurrent objects", 1993) with the memory of Lowe ("Testing for linearizability", 2017): operations are put in order one after the
 * other, and a set of operations that leads to a state in which the rest was tried before is not tried again. Objects are judged one by one, which decides for all of them together (Herlihy
 * and Wing, 1990). Operations of unknown outcome may take their place at any moment after their call, or none; of two situations that differ in them alone, the one that has used up fewer
 * covers the other. Reads of unknown outcome and operations that failed say nothing.
 */
public final class LinearizabilityChecker {
    /** The most situations that {@link #check(Model, History)} remembers for one object: some hundred megabytes at worst. */
    public static final long DEFAULT_BUDGET = 1_000_000;

    private LinearizabilityChecker() {}

    /** Checks with the default budget. */
    public static <S> Verdict check(Model<S> model, History history) {
        return check(model, history, DEFAULT_BUDGET);
    }

    /**
     * Checks all objects, until one is found broken. If none is, and one of them cannot be decided, that is told.
     *
     * @param budget how many situations to remember for one object before giving up
     * @throws IllegalArgumentException if the model does not know an operation
     */
    public static <S> Verdict check(Model<S> model, History history, long budget) {
        if (budget < 1) {
            throw new IllegalArgumentException("budget " + budget + " is not positive");
        }
        long configurations = 0;
        Verdict undecided = null;
        for (Map.Entry<String, History> part : history.byKey().entrySet()) {
            Search<S> search = new Search<>(model, part.getValue().operations(), budget, false);
            switch (search.run()) {
                case FOUND -> configurations += search.configurations();
                case NONE -> {
                    return violation(model, part.getKey(), part.getValue(), budget);
                }
                case GAVE_UP -> undecided = new Verdict.BudgetExceeded(part.getKey(), search.configurations());
            }
        }
        return undecided != null ? undecided : new Verdict.Ok(history.size(), configurations);
    }

    /** What is linearizable has only linearizable beginnings, so the first moment at which it is not can be found by halving. */
    private static <S> Verdict violation(Model<S> model, String key, History history, long budget) {
        List<Long> moments = history.operations().stream()
                .filter(operation -> operation.outcome() != Outcome.UNKNOWN)
                .map(Operation::returned)
                .distinct()
                .sorted()
                .toList();
        int low = 0;
        int high = moments.size() - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            History beginning = history.until(moments.get(middle));
            if (new Search<>(model, beginning.operations(), budget, false).run() == Search.Result.NONE) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        History prefix = history.until(moments.get(high));
        Search<S> search = new Search<>(model, prefix.operations(), budget, true);
        search.run();
        String explanation = Explanation.of(model, key, prefix, moments.get(high), search);
        return new Verdict.Violation(model.name(), key, prefix.operations(), explanation);
    }
}
