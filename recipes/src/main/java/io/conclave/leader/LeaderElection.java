package io.conclave.leader;

import io.conclave.Conclave;
import io.conclave.Contender;
import java.util.List;

/**
 * Runs code while this participant leads.
 *
 * <pre>{@code
 * try (Candidacy candidacy = LeaderElection.of(conclave, "/leaders/billing", "node-7").lead(term -> {
 *     while (term.isValid()) {
 *         bill(term.fencingToken());
 *     }
 * })) {
 *     serve();
 * }
 * }</pre>
 *
 * <p>The body runs on a thread of the user's executor, never two bodies of one candidacy at a time; it may block. When leadership is lost its thread is interrupted;
 * leadership is asked for again only after the body has returned. When the body returns while it still leads, or has closed its term, leadership is given back
 * first, and the participant queues again unless {@link LeaderElectionBuilder#requeue} says otherwise.
 */
public interface LeaderElection {
    /** The election on this path for the participant {@code id} (1 to 200 characters, shown in listings). */
    static LeaderElection of(Conclave conclave, String path, String id) {
        return builder(conclave, path, id).build();
    }

    /** Starts an election with options. */
    static LeaderElectionBuilder builder(Conclave conclave, String path, String id) {
        return new ElectionBuilder(conclave, path, id);
    }

    /** Enters the election; returns at once. Each call is a candidacy of its own. */
    Candidacy lead(LeaderBody body);

    /** All participants in order; the first leads. Blocks at most the call time-out. */
    List<Contender> participants() throws InterruptedException;
}
