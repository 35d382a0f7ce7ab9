package io.conclave.backend.inmemory.log;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;

/**
 * One member's end of a log that all members agree upon. Entries enter at the leader, and every member hands the same entries in the same order to its {@link Machine}.
 *
 * <p>An entry for which {@link #submit} completed normally is never lost as long as a majority of the members keep their data folders. An entry for which it failed with
 * {@link OutcomeUnknownException} may be applied now, later, or never. A member that cannot reach a majority completes nothing: neither entries nor barriers.
 *
 * <p>All methods may be called from any thread, those of the machine too, and none of them blocks but {@link #close}. Futures are completed on the apply thread or on a thread of the log: what depends
 * on them must be short and must not block.
 */
public interface ReplicatedLog extends AutoCloseable {
    /**
     * Puts an entry into the log. The array belongs to the log from then on and must not be changed. Entries of one thread enter in the order in which it submitted them.
     *
     * <p>The future completes with what {@link Machine#apply} returned for it, after it was applied here. It is completed on the apply thread, before the next entry is applied, so what was
     * completed and what was applied have one order. It fails with
     * <ul>
     *   <li>{@link NotLeaderException}: this member does not lead, or does not serve yet; the entry certainly never entered the log
     *   <li>{@link LogBusyException}: too much is under way; the entry certainly never entered the log
     *   <li>{@link OutcomeUnknownException}: leadership ended, or the log was closed, before the entry was applied here; it may be applied all the same
     * </ul>
     * The failure of a machine's {@code apply} fails its future with that exception, and the entry counts as applied.
     *
     * @throws IllegalArgumentException if the entry is larger than {@link LogSpec#entryBytesMax}; nothing was done
     */
    CompletableFuture<Object> submit(byte[] entry);

    /**
     * Completes when all that was acknowledged anywhere before the call is applied here: a read of the machine's state after that is linearizable. Always by asking a majority who leads, never by a lease; calls that come close together share a round.
     *
     * <p>Fails with {@link NotLeaderException} if this member does not lead, leadership ends meanwhile or no majority answers in time, or with {@link LogBusyException}. A failure has changed nothing.
     */
    CompletableFuture<Void> readBarrier();

    /** Who leads, as far as this member knows. */
    Leadership leadership();

    /**
     * Hands leadership to another member, once that member has all entries. Entries under way may end with {@link OutcomeUnknownException} or {@link NotLeaderException}. Completes when this member no longer leads, and fails if it
     * does not lead now, if there is no such member, or if the other one did not take over within an election time-out, in which case this member goes on leading.
     */
    CompletableFuture<Void> transferLeadership(int memberId);

    /** What an operator wants to know. */
    LogStatus status();

    /**
     * Takes a snapshot now and cuts the log behind it, as the log also does by itself ({@link LogSpec}). Completes when it is on disk; at once if nothing was applied since the last one.
     */
    CompletableFuture<Void> snapshot();

    /**
     * Hands leadership over if it can, within two election time-outs, then stops. All that is under way ends with {@link OutcomeUnknownException}. No method of the machine is called after it has returned. Idempotent. Must not be called on the apply thread.
     */
    @Override
    void close();

    /** What is replicated. All methods are called on one thread, the apply thread, one after the other. */
    interface Machine {
        /**
         * Applies an entry. Must be deterministic: no clock, no randomness, nothing but the state and the entry. It must not throw for an entry that was submitted; if it does, that is logged, and the state must be the same on all members all the same.
         *
         * @param index the entry's place in the log: rises with each call, with gaps
         * @return the answer for the submitter, if it is at this member; lost otherwise
         */
        Object apply(long index, byte[] entry);

        /**
         * Captures the state as it is between two entries. Must be quick, as nothing is applied meanwhile; the writer is called once, on another thread, while entries are applied again.
         */
        SnapshotWriter capture();

        /**
         * Replaces the state by that of a snapshot that a writer wrote, maybe at another member. Checked by checksum before. Also called when a member starts, before the first apply.
         *
         * @throws IOException if the machine cannot read it; the member stops then
         */
        void restore(InputStream in) throws IOException;

        /**
         * Who leads has changed. In order with {@link #apply}: when {@code now.own()}, all entries of earlier leaders that will ever be applied have been applied here before.
         * Between two terms of its own a member is told that it does not lead.
         */
        void onLeadership(Leadership now);

        /** All entries known to be committed when the call was made were applied; a good moment to send what was gathered. Optional. */
        default void onBatchEnd() {}
    }

    /** A captured state on its way to disk. */
    @FunctionalInterface
    interface SnapshotWriter {
        /** Writes the whole state. An exception means that there is no new snapshot; the log keeps what it has and tries again later. */
        void writeTo(OutputStream out) throws IOException;
    }
}
