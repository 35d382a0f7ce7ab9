package io.conclave.histories;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The situations that a search has met: which certain operations have a place, the state, which unknown ones are used up. Exact: nothing is left to hashes. */
final class Memory<S> {
    private final Map<Situation<S>, List<int[]>> met = new HashMap<>();
    private long size;

    /** A set of operations: all before word {@code first}, of the words from there on those with their bit set, none beyond. */
    static final class Placed {
        private final int first;
        private final long[] window;
        private final int hash;

        Placed(int first, long[] window, long hash) {
            this.first = first;
            this.window = window;
            this.hash = Long.hashCode(hash);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Placed that
                    && hash == that.hash
                    && first == that.first
                    && Arrays.equals(window, that.window);
        }
    }

    private record Situation<S>(Placed placed, S state) {}

    /** Remembers a situation, and tells false if it was met before, or one that can do all that it can. */
    boolean isNew(Placed placed, S state, int[] used) {
        List<int[]> known = met.computeIfAbsent(new Situation<>(placed, state), key -> new ArrayList<>(1));
        for (int[] fewer : known) {
            if (Unknowns.covers(fewer, used)) {
                return false;
            }
        }
        known.add(used);
        size++;
        return true;
    }

    long size() {
        return size;
    }
}
