package io.conclave.histories;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One search over the operations of one object, depth first. Operations that were answered ("certain") are kept in the order of their calls, in a ring from which those that have got a place
 * are taken out; such an operation may come next if no other that is still in the ring had returned before its call. Candidates are tried in the order of their returns, which is right most
 * of the time.
 *
 * <p>Those of unknown outcome ({@link Unknowns}) come in only when no candidate fits: first one of them, then two, and so on, so that no situation is looked at with more of them used up
 * than it needs.
 */
final class Search<S> {
    /** How a search ended. */
    enum Result {
        FOUND,
        NONE,
        GAVE_UP
    }

    private final Model<S> model;
    private final long budget;
    private final List<Operation> certain;
    private final List<Model.Step<S>> steps = new ArrayList<>();
    private final Unknowns<S> unknowns;
    private final Memory<S> memory = new Memory<>();
    private final Deque<Level<S>> levels = new ArrayDeque<>();

    /** The ring of those without a place: the element {@code end} stands before the first and after the last. */
    private final int end;

    private final int[] next;
    private final int[] previous;
    private final long[] placed;
    private int lastPlaced = -1;
    private long hash;

    private final boolean explains;
    private List<Operation> longest = List.of();
    private final Set<S> stuck = new LinkedHashSet<>();
    private int deepest = -1;

    /** A state at one level: {@code kind} of unknown operations was used to come from {@code before} to it, or none. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Variant<S>(S state, int[] used, @Nullable Variant<S> before, int kind) {}

    /** A set of certain operations that have a place, {@code operation} the last of them; and the states in which that can leave the object. */
    private static final class Level<S> {
        final int operation;
        final int lastPlacedBefore;
        final Memory.Placed set;
        final int[] candidates;
        final long firstReturn;
        final List<Variant<S>> variants = new ArrayList<>();
        int variant;
        int tried;

        Level(int operation, int lastPlacedBefore, Memory.Placed set, int[] candidates, long firstReturn) {
            this.operation = operation;
            this.lastPlacedBefore = lastPlacedBefore;
            this.set = set;
            this.candidates = candidates;
            this.firstReturn = firstReturn;
        }

        Variant<S> current() {
            return variants.get(variant);
        }
    }

    /** @param explains whether it is kept how far orders came, which takes time */
    Search(Model<S> model, List<Operation> operations, long budget, boolean explains) {
        this.model = model;
        this.budget = budget;
        this.explains = explains;
        this.certain = operations.stream()
                .filter(operation -> operation.outcome() == Outcome.OK)
                .sorted(Comparator.comparingLong(Operation::call))
                .toList();
        certain.forEach(operation -> steps.add(model.step(operation)));
        this.unknowns = new Unknowns<>(model, operations);
        this.end = certain.size();
        this.next = new int[end + 1];
        this.previous = new int[end + 1];
        for (int i = 0; i <= end; i++) {
            next[i] = i == end ? 0 : i + 1;
            previous[i] = i == 0 ? end : i - 1;
        }
        this.placed = new long[(end >> 6) + 1];
    }

    Result run() {
        enter(model.initial(), Unknowns.NONE, end, -1);
        while (levels.size() <= end) { // the first level has placed nothing
            Level<S> level = levels.peek();
            if (level == null) {
                return Result.NONE;
            }
            if (level.tried < level.candidates.length) {
                place(level.current(), level.candidates[level.tried++]);
            } else {
                useUnknowns(level);
                level.tried = 0;
                level.variant++;
                if (level.variant == level.variants.size()) {
                    leave(level);
                }
            }
            if (memory.size() > budget && levels.size() <= end) {
                return Result.GAVE_UP;
            }
        }
        return Result.FOUND;
    }

    private void place(Variant<S> variant, int operation) {
        S state = steps.get(operation).from(variant.state);
        if (state == null) {
            return;
        }
        int lastBefore = lastPlaced;
        next[previous[operation]] = next[operation];
        previous[next[operation]] = previous[operation];
        placed[operation >> 6] |= 1L << operation;
        lastPlaced = Math.max(lastPlaced, operation);
        hash ^= mix(operation);
        if (!enter(state, variant.used, operation, lastBefore)) {
            takeBack(operation, lastBefore);
        }
    }

    private void takeBack(int operation, int lastBefore) {
        hash ^= mix(operation);
        placed[operation >> 6] &= ~(1L << operation);
        lastPlaced = lastBefore;
        next[previous[operation]] = operation;
        previous[next[operation]] = operation;
    }

    private boolean enter(S state, int[] used, int operation, int lastBefore) {
        int first = next[end] >> 6;
        long[] window = Arrays.copyOfRange(placed, first, Math.max(first, lastPlaced >> 6) + 1);
        Memory.Placed set = new Memory.Placed(first, window, hash);
        if (!memory.isNew(set, state, used)) {
            return false;
        }
        List<Integer> open = new ArrayList<>();
        long firstReturn = Long.MAX_VALUE;
        for (int i = next[end]; i != end && certain.get(i).call() <= firstReturn; i = next[i]) {
            firstReturn = Math.min(firstReturn, certain.get(i).returned());
            open.add(i);
        }
        open.sort(Comparator.comparingLong(i -> certain.get(i).returned()));
        int[] candidates = open.stream().mapToInt(Integer::intValue).toArray();
        Level<S> level = new Level<>(operation, lastBefore, set, candidates, firstReturn);
        level.variants.add(new Variant<>(state, used, null, -1));
        levels.push(level);
        return true;
    }

    /** Adds the states to which one more unknown operation leads from the current one. */
    private void useUnknowns(Level<S> level) {
        Variant<S> variant = level.current();
        int[] effective = unknowns.effective(variant.state);
        for (int i = effective.length - 1; i >= 0; i--) { // the latest first: late effects are rare
            int kind = effective[i];
            S state = unknowns.hasMore(kind, variant.used, level.firstReturn)
                    ? unknowns.step(kind).from(variant.state)
                    : null;
            if (state == null) {
                continue;
            }
            int[] used = Unknowns.oneMore(variant.used, kind);
            if (memory.isNew(level.set, state, used)) {
                level.variants.add(new Variant<>(state, used, variant, kind));
            }
        }
    }

    private void leave(Level<S> level) {
        if (explains) {
            noteStuck(level);
        }
        levels.pop();
        if (level.operation != end) {
            takeBack(level.operation, level.lastPlacedBefore);
        }
    }

    /** Spreads the numbers of operations over 64 bits. */
    private static long mix(int operation) {
        long z = (operation + 1) * 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private void noteStuck(Level<S> top) {
        if (levels.size() < deepest) {
            return;
        }
        if (levels.size() > deepest) {
            deepest = levels.size();
            stuck.clear();
            longest = order(top);
        }
        top.variants.forEach(variant -> stuck.add(variant.state));
    }

    private List<Operation> order(Level<S> top) {
        List<Operation> order = new ArrayList<>();
        levels.descendingIterator().forEachRemaining(level -> {
            if (level.operation != end) {
                order.add(certain.get(level.operation));
            }
            int position = order.size();
            Variant<S> variant = level == top ? level.variants.get(0) : level.current();
            for (; variant.before != null; variant = variant.before) {
                order.add(position, unknowns.operation(variant.kind));
            }
        });
        return order;
    }

    long configurations() {
        return memory.size();
    }

    /** The longest beginning of an order that was found, as far as the search has come. */
    List<Operation> longest() {
        return longest;
    }

    /** The states in which orders of that length ended. */
    Set<S> stuck() {
        return stuck;
    }
}
