package io.conclave.backend.inmemory;

import io.conclave.spi.Commit;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The faults that wait for their commit. Judged in the store's drain; user code runs there only as predicates. */
final class FaultPlan {
    private final List<Planned> waiting = new CopyOnWriteArrayList<>();
    private @Nullable Random random;
    private double probability;

    /** A fault for the commit that matches after {@code skip} others have. */
    static final class Planned {
        private final Predicate<EmbeddedSession> client;
        private final Predicate<Commit> which;
        private final Fault fault;
        private int skip;

        Planned(Predicate<EmbeddedSession> client, Predicate<Commit> which, int skip, Fault fault) {
            this.client = client;
            this.which = which;
            this.skip = skip;
            this.fault = fault;
        }
    }

    void add(Planned planned) {
        waiting.add(planned);
    }

    void clear() {
        waiting.clear();
        probability = 0;
    }

    void randomly(long seed, double newProbability) {
        random = new Random(seed);
        probability = newProbability;
    }

    @Nullable
    Fault next(EmbeddedSession session, Commit commit) {
        for (Iterator<Planned> each = waiting.iterator(); each.hasNext(); ) {
            Planned planned = each.next();
            if (planned.client.test(session) && planned.which.test(commit)) {
                if (planned.skip == 0) {
                    waiting.remove(planned);
                    return planned.fault;
                }
                planned.skip--;
            }
        }
        if (random != null && probability > 0 && random.nextDouble() < probability) {
            return random.nextBoolean() ? Fault.DROP_REPLY : Fault.DROP_REQUEST;
        }
        return null;
    }
}
