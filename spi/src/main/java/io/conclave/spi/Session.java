package io.conclave.spi;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * One session with the store: owner of ephemeral nodes, source of operation ids, and the clock by which a grant is believed.
 *
 * <p>No method blocks. All may be called from any thread. Stages complete, and listeners are called, one at a time per session.
 * Operations in flight together may be applied in any order (rule O6). Cancelling a returned stage recalls nothing.
 */
public interface Session {
    /** The store's id of the session, never reused in the namespace (rule S1). */
    String id();

    /** From {@link SessionSpec#incarnation()}. */
    long incarnation();

    /** The time-out that the store granted. */
    Duration ttl();

    /** The present state. Answers from memory. */
    SessionState state();

    /**
     * Until when, on the {@link Timekeeper}'s scale, the session is believed to live: counted from the send of an acknowledged
     * renewal, never from a receipt (rule T1). In the past: do not believe. Answers from memory, exact in the first instruction
     * after a pause.
     */
    long validUntilNanos();

    /**
     * Whether {@link #validUntilNanos()} shall be renewed all the time, because a grant is held or awaited. An idle session may
     * save the renewals that belief needs; it lives on all the same (rule T3).
     */
    void keepFresh(boolean wanted);

    /** A new operation id of this session. */
    OpId newOpId();

    /**
     * Applies a commit at most once per {@link OpId} (rules C1 to C9). Fails with a {@link BackendException}; after {@link
     * Applied#UNKNOWN} the caller either calls again with the same id, guards, writes and reads, or withdraws the id. Until one of
     * them has settled it, the session remembers the id.
     */
    CompletionStage<CommitResult> commit(Commit commit);

    /**
     * Settles a commit that is not wanted any more: when the stage completes, it has been undone, or stays applied, or can never
     * be applied, whatever is still on its way (rule C6). Of an id that was never sent: {@link Withdrawal#NEVER_APPLIED}, and
     * the id is refused from then on. May be called again after a failure. A session remembers a bounded number of settled ids (rule
     * C6): what it says of one that was settled long ago counts for nothing.
     */
    CompletionStage<Withdrawal> withdraw(OpId opId, long deadlineNanos);

    /** Answers the queries in order. Whether they see one state is the capability {@link Capabilities#snapshotRead()}. */
    CompletionStage<List<View>> read(List<Query> queries, ReadLevel level, long deadlineNanos);

    /** Starts a watch (rules W1 to W6). */
    Watch watch(WatchSpec spec, WatchListener listener);

    /**
     * Ends the session. Completes when the store has confirmed that its ephemeral nodes are gone; fails with {@link
     * IndeterminateException} if that could not be learnt within the session's time-out (they go away by expiry then). Idempotent.
     */
    CompletionStage<Void> closeAsync();
}
