package io.conclave.histories;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A violation in words. */
final class Explanation {
    private static final int SHOWN = 20;

    private Explanation() {}

    /** @param moment when the answer came that cannot be explained */
    static <S> String of(Model<S> model, String key, History prefix, long moment, Search<S> search) {
        long origin = prefix.origin();
        List<String> lines = new ArrayList<>();
        lines.add("not linearizable as a " + model.name() + ": " + key + ", in its first " + prefix.size()
                + " operations (the shortest beginning; times in ms)");
        lines.add("no order explains the answer of");
        prefix.operations().stream()
                .filter(operation -> operation.returned() == moment)
                .forEach(operation -> lines.add("  " + operation.toString(origin)));
        List<Operation> order = search.longest();
        lines.add("the longest order found has " + order.size() + " of them and ends with");
        add(lines, order, origin);
        lines.add("where the state is " + states(search) + "; still without a place are");
        Set<Operation> placed = new HashSet<>(order);
        add(
                lines,
                prefix.operations().stream()
                        .filter(operation -> operation.outcome() != Outcome.FAIL && !placed.contains(operation))
                        .toList(),
                origin);
        return String.join("\n", lines);
    }

    private static String states(Search<?> search) {
        String known = search.stuck().stream()
                .limit(SHOWN)
                .map(state -> "(" + state + ")")
                .collect(Collectors.joining(" or "));
        return search.stuck().size() > SHOWN ? known + " or others" : known;
    }

    private static void add(List<String> lines, List<Operation> operations, long origin) {
        int hidden = Math.max(0, operations.size() - SHOWN);
        if (hidden > 0) {
            lines.add("  … " + hidden + " earlier");
        }
        operations.stream().skip(hidden).forEach(operation -> lines.add("  " + operation.toString(origin)));
    }
}
