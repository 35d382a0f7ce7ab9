package io.conclave.barrier;

import io.conclave.Conclave;
import java.time.Duration;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * A barrier that a number of members enter together and leave together. They come in generations of exactly {@code parties} members; whoever comes while one is inside, or is one too
 * many, belongs to the next.
 *
 * <p><b>Guarantees.</b> No {@link #enter} returns before {@code parties} members stand at the barrier at one moment; a member that gave up, was interrupted or died before that moment is
 * not counted. The moment is one commit that names the members, guarded by the presence of each: nothing that an earlier run left behind lets anybody through. {@link Entry#leave} returns
 * only when no member of the generation is inside any more, and throws {@link BrokenBarrierException} if one of them went without leaving (its session ended). <b>Not guaranteed</b>: that
 * all members are alive when {@code enter} has returned.
 *
 * <p><b>Sessions.</b> Suspended: waits go on. Lost while entering: the member enters again, at the tail, within its deadline. Lost inside: this member counts as gone; its {@code leave} and
 * those of the others throw {@link BrokenBarrierException}.
 *
 * <p>A member is an ephemeral node. After ZooKeeper's recipe "Double Barriers", with the generation and its members in one node that is changed under a version guard instead of a marker that
 * can be left behind.
 */
public interface DoubleBarrier {
    /**
     * The barrier for so many on this path. Nothing is sent before somebody enters. The most is what one commit can guard: {@link
     * io.conclave.spi.Capabilities#maxOperations()} less 4 (etcd: 96, ZooKeeper: 252).
     *
     * @throws IllegalArgumentException if there are fewer parties than 1, or more than that
     */
    static DoubleBarrier of(Conclave conclave, String path, int parties) {
        return new MemberBarrier(conclave, path, parties);
    }

    /** The path. */
    String path();

    /** How many enter together. */
    int parties();

    /**
     * Waits until all have come.
     *
     * @throws IllegalStateException if others use the barrier with another number of parties; this member does not stand there any more
     * @throws BrokenBarrierException if this member was let in, and its session was lost before it heard of that
     */
    Entry enter() throws InterruptedException, BrokenBarrierException;

    /**
     * Waits until all have come, at most this long: one deadline for everything. A wait of zero looks once.
     *
     * @throws TimeoutException if not all came in time; this member does not stand there any more (the clean-up finishes in the background). If the others were let in at that very
     *     moment, it counts as one that went without leaving
     * @throws IllegalStateException as {@link #enter()}
     * @throws BrokenBarrierException as {@link #enter()}
     */
    Entry enter(Duration wait) throws InterruptedException, TimeoutException, BrokenBarrierException;

    /** Like {@link #enter()} in a future. Cancelling it gives up; an entry that came too late is left at once. */
    CompletableFuture<Entry> enterAsync();

    /** Like {@link #enter(Duration)} in a future. */
    CompletableFuture<Entry> enterAsync(Duration wait);

    /** How many stand at the barrier and wait to enter. */
    int waiting() throws InterruptedException;

    /** How many members are inside. */
    int inside() throws InterruptedException;

    /** A member that is inside. Thread-safe. */
    interface Entry extends AutoCloseable {
        /** Which generation: 1 for the first that entered on this path, then one more each time. */
        long generation();

        /** The place of this member among those of its generation, from 0, in the order in which they came. */
        int index();

        /**
         * Leaves, and waits until all members have left.
         *
         * @throws BrokenBarrierException if a member, perhaps this one, went without leaving
         */
        void leave() throws InterruptedException, BrokenBarrierException;

        /**
         * Leaves, and waits until all members have left, at most this long. May be called again, to wait on.
         *
         * @throws TimeoutException if others are still inside; this member has left, or its leaving is finished in the background
         * @throws BrokenBarrierException if a member, perhaps this one, went without leaving
         */
        void leave(Duration wait) throws InterruptedException, TimeoutException, BrokenBarrierException;

        /** Like {@link #leave()} in a future that is completed with true. Cancelling it ends the wait; this member leaves all the same. */
        CompletableFuture<Boolean> leaveAsync();

        /** Like {@link #leave(Duration)} in a future. */
        CompletableFuture<Boolean> leaveAsync(Duration wait);

        /** Leaves, and waits for no other member; for the store at most the call time-out, then it is finished in the background. Does nothing after a leave. Never throws. */
        @Override
        void close();
    }
}
