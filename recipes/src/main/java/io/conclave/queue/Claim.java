package io.conclave.queue;

import io.conclave.GrantLostException;
import io.conclave.OutcomeUnknownException;
import io.conclave.Registration;
import io.conclave.UnreadableDataException;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * One item, claimed: nobody else gets it while the session of this Conclave lives. It ends by {@link #complete()}, by {@link #giveBack()}, or by loss. Thread-safe; not bound
 * to a thread.
 *
 * <p><b>Guarantees.</b> Of all claims of an item exactly one can be completed, and a claim that was lost never can: the completion is one commit, guarded by a node that every
 * claim of the item changes. What is written in that commit ({@link #complete(Consumer)}) is therefore written exactly once for each item. <b>Not guaranteed</b>: that nobody
 * else works on the item at the same time. A process that was paused beyond its session may not know yet that the item went to another one; what it does outside
 * the store happens twice, as with every queue that loses nothing.
 *
 * @param <T> the type of the item
 */
public interface Claim<T> extends AutoCloseable {
    /** Names the item within its queue, in all its deliveries. */
    String id();

    /**
     * What was put.
     *
     * @throws UnreadableDataException if the codec cannot read it; the claim stands
     */
    T value();

    /** How often the item has been delivered, this time included: 1 for the first. */
    int delivery();

    /** Whether the session is believed to live. No network. The store decides when the claim is completed, whatever this says. */
    boolean isValid();

    /** Calls the listener once, on the user's executor, when the session is over or is not believed to live any more; never after the claim has ended. */
    Registration onLost(Runnable listener);

    /**
     * Removes the item for good. Waits at most the call time-out.
     *
     * @throws GrantLostException if the claim was lost: the item was or will be delivered to another consumer
     * @throws OutcomeUnknownException if no answer came: the item is completed, or will be delivered again
     * @throws io.conclave.spi.BackendException if it was surely not applied: the claim stands
     * @throws IllegalStateException if the claim was completed or given back before
     */
    void complete() throws InterruptedException;

    /**
     * Removes the item and applies the caller's guards and writes, in one commit: all or nothing. The result of the work, written this way, is written exactly once for each
     * item. In {@link CommitResult.Refused} the caller's conditions count from 0; the claim stands then. Fails as {@link #complete()} does.
     */
    CommitResult complete(Consumer<Commit.Builder> parts) throws InterruptedException;

    /** Like {@link #complete()}, without waiting. */
    CompletableFuture<Void> completeAsync();

    /** Like {@link #complete(Consumer)}, without waiting. {@code parts} is called before this returns. */
    CompletableFuture<CommitResult> completeAsync(Consumer<Commit.Builder> parts);

    /** Gives the item back: it is delivered again, before those that nobody has claimed yet. Fails as {@link #complete()} does. */
    void giveBack() throws InterruptedException;

    /** Like {@link #giveBack()} if the claim has not ended, else nothing. Waits while there is contact, at most the call time-out; never throws. */
    @Override
    void close();
}
