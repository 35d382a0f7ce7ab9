package io.conclave.histories;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The operations of unknown outcome. Those that say and ask the same are one kind: of a kind they are used in the order of their calls, which loses nothing, since none of them ever returns.
 * Which are used is an array of their kinds, sorted, a kind as often as it is used; such an array is never changed.
 */
final class Unknowns<S> {
    static final int[] NONE = {};

    private final List<List<Operation>> kinds = new ArrayList<>();
    private final List<Model.Step<S>> steps = new ArrayList<>();

    private final Map<S, int[]> effective = new HashMap<>();

    private record Kind(String verb, List<String> arguments) {}

    Unknowns(Model<S> model, List<Operation> inOrderOfCalls) {
        Map<Kind, List<Operation>> byKind = new LinkedHashMap<>();
        for (Operation operation : inOrderOfCalls) {
            if (operation.outcome() == Outcome.UNKNOWN) {
                byKind.computeIfAbsent(new Kind(operation.verb(), operation.arguments()), key -> new ArrayList<>())
                        .add(operation);
            }
        }
        for (List<Operation> kind : byKind.values()) {
            kinds.add(kind);
            steps.add(model.step(kind.get(0)));
        }
    }

    static int[] oneMore(int[] used, int kind) {
        int[] more = Arrays.copyOf(used, used.length + 1);
        int at = used.length;
        for (; at > 0 && more[at - 1] > kind; at--) {
            more[at] = more[at - 1];
        }
        more[at] = kind;
        return more;
    }

    /** Whether whoever has used the first can do all that the other can: it has used nothing else. */
    static boolean covers(int[] fewer, int[] more) {
        if (fewer.length > more.length) {
            return false;
        }
        int found = 0;
        for (int i = 0; i < more.length && found < fewer.length; i++) {
            if (fewer[found] == more[i]) {
                found++;
            }
        }
        return found == fewer.length;
    }

    /** The kinds that lead from this state to another one, in the order of their first calls. */
    int[] effective(S state) {
        return effective.computeIfAbsent(
                state,
                from -> IntStream.range(0, kinds.size())
                        .filter(kind -> {
                            S to = steps.get(kind).from(from);
                            return to != null && !to.equals(from);
                        })
                        .toArray());
    }

    /** Whether one more of it was called by then. */
    boolean hasMore(int kind, int[] used, long moment) {
        List<Operation> operations = kinds.get(kind);
        if (operations.get(0).call() > moment) {
            return false;
        }
        int count = 0;
        for (int each : used) {
            count += each == kind ? 1 : 0;
        }
        return count < operations.size() && operations.get(count).call() <= moment;
    }

    Model.Step<S> step(int kind) {
        return steps.get(kind);
    }

    /** One of the kind. */
    Operation operation(int kind) {
        return kinds.get(kind).get(0);
    }
}
