package io.conclave.backend.inmemory;

import io.conclave.spi.Guard;
import io.conclave.spi.OpId;
import io.conclave.spi.Write;
import java.util.List;
import java.util.Set;

/** What changes a {@link NodeTree}. Two trees that were given the same commands hold the same bytes. */
sealed interface Command {

    /**
     * The beginning of a replicated store, logged by its first leader. Only the first one counts.
     *
     * @param storeId chosen at random: tells this store from others and from its own earlier lives
     * @param baseRevision the first commit has the revision after it
     */
    record Begin(String storeId, long baseRevision) implements Command {}

    /**
     * A new session, or the one that an earlier command with this key has opened, if it lives.
     *
     * @param key chosen by the client at random, so that asking again after a lost answer does not open a second session; empty if it never asks again
     * @param incarnation the client's count
     * @param ttlMillis the granted time-out, kept for whoever watches over it
     */
    record OpenSession(String key, long incarnation, long ttlMillis) implements Command {}

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
