package io.conclave.leader;

import io.conclave.Conclave;
import io.conclave.Contender;
import io.conclave.FencedGrant;
import io.conclave.Registration;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/**
 * One participant in an election that goes on for as long as the latch is open: the first in the queue leads; whoever loses leadership, or closes its
 * term to give it back, queues again at the tail by itself.
 *
 * <p><b>Guarantees.</b> At most one participant's node is first in the store's order; terms have strictly larger tokens; listeners hear gained and lost alternately,
 * never two at a time, and lost before any later gained of the same latch. <b>Not guaranteed</b>: see {@link io.conclave.Grant}: use the token.
 */
public interface LeaderLatch extends AutoCloseable {
    /**
     * A latch for the participant {@code id} (1 to 200 characters, shown in listings). {@link #start()} enters it.
     */
    static LeaderLatch of(Conclave conclave, String path, String id) {
        return new LatchParticipant(conclave, path, id);
    }

    /**
     * Enters the election; returns at once. Also without contact: the participant is entered when the server is there.
     *
     * @throws IllegalStateException if it was started or closed before
     */
    void start();

    /** Whether this participant leads, by the clock too. No network. */
    boolean isLeader();

    /** The present term, if this participant leads. */
    Optional<FencedGrant> term();

    /** Waits until this participant leads. */
    FencedGrant await() throws InterruptedException;

    /**
     * Waits until this participant leads, at most this long. It stays in the election when the wait ends.
     *
     * @throws TimeoutException if it does not lead by then
     * @throws IllegalStateException if the latch is not started, or is closed, also while waiting
     */
    FencedGrant await(Duration wait) throws InterruptedException, TimeoutException;

    /** The leader as the store sees it now. Blocks at most the call time-out. */
    Optional<Contender> leader() throws InterruptedException;

    /** All participants in order; the first leads. Blocks at most the call time-out. */
    List<Contender> participants() throws InterruptedException;

    /** Hears gained and lost, on the user's executor; told at once if the participant leads already. */
    Registration addListener(LeadershipListener listener);

    /** Leaves the election, giving leadership back if it has it; listeners hear lost. Waits at most the call time-out. Idempotent. */
    @Override
    void close();
}
