package io.conclave.backend.inmemory;

import io.conclave.spi.Guard;
import io.conclave.spi.OpId;
import io.conclave.spi.Write;
import java.util.List;
import java.util.Set;

/** What changes a {@link NodeTree}. Two trees that were given the same commands hold the same bytes. */
sealed interface Command {

    /**
     * A new session.
     *
     * @param incarnation the client's count
     * @param ttlMillis the granted time-out, kept for whoever watches over it
     */
    record OpenSession(long incarnation, long ttlMillis) implements Command {}

    /**
     * The end of a session by its owner's wish or because its time ran out; the tree makes no difference.
     *
     * @param sessionId which
     */
    record EndSession(String sessionId) implements Command {}

    /**
     * A commit; its reads are not part of it.
     *
     * @param sessionId whose
     * @param opId its identity
     * @param guards conditions
     * @param writes effects
     * @param unsettled operations of the session whose outcome the client does not know: their results are not forgotten
     */
    record Commit(String sessionId, OpId opId, List<Guard> guards, List<Write> writes, Set<OpId> unsettled)
            implements Command {}

    /**
     * Settles an operation that is not wanted any more.
     *
     * @param sessionId whose
     * @param opId which
     * @param unsettled as of a commit
     */
    record Withdraw(String sessionId, OpId opId, Set<OpId> unsettled) implements Command {}
}
