package io.conclave.backend.inmemory;

import io.conclave.spi.Node;
import io.conclave.spi.Withdrawal;
import java.util.List;

/** What a {@link Command} came to. */
sealed interface Reply {

    /**
     * The store has begun, now or before.
     *
     * @param storeId its id
     */
    record Begun(String storeId) implements Reply {}

    /**
     * A session was opened.
     *
     * @param sessionId its id
     * @param nonce the nonce of its operation ids
     * @param ttlMillis its time-out
     */
    record Opened(String sessionId, long nonce, long ttlMillis) implements Reply {}

    /** The session is over, now or before. */
    record Ended() implements Reply {}

    /** The session that the command speaks of does not exist (any more). Nothing was done. */
    record NoSession() implements Reply {}

    /**
     * A commit was applied, now or by an earlier command with the same id.
     *
     * @param revision its place in the order
     * @param created the nodes as the client is told of them
     * @param made the same as the store remembers them
     */
    record Committed(long revision, List<Node> created, List<OpRecord.Made> made) implements Reply {}

    /**
     * A commit was refused and never will be applied.
     *
     * @param index the first condition that failed
     */
    record Refused(int index) implements Reply {}

    /**
     * A commit breaks a rule and never will be applied.
     *
     * @param message which
     */
    record Invalid(String message) implements Reply {}

    /**
     * A withdrawal is settled.
     *
     * @param withdrawal how
     */
    record Withdrawn(Withdrawal withdrawal) implements Reply {}
}
