package io.conclave.lock;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.QueueView;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReadWriteLock;

/**
 * A read-write lock on a path of the store: many readers at once, or one writer. Every acquire has its own place in the cluster's queue, in the order of arrival: a
 * reader waits for the writers ahead of it and for nobody else, a writer for all ahead of it. So no reader overtakes a writer that waits, and no writer starves.
 *
 * <p><b>Guarantees.</b> As {@link DistributedLock}. While the node of an admitted writer is there, no other acquire is granted; while that of a reader is, no writer's. Every
 * grant has a fencing token; hand a writer's to {@link io.conclave.fencing.FencingGate#enterExclusive} and a reader's to {@link
 * io.conclave.fencing.FencingGate#enterShared}. A token is larger than those of all writers before, and a writer's larger than those of all readers before.
 * <b>Not guaranteed</b>: as there.
 *
 * <p><b>Downgrade.</b> {@link #downgrade} turns a write grant into a read grant, past everybody who waits: no writer comes in between. The read grant stands at
 * the writer's place in the order, and has its token.
 *
 * <p><b>No upgrade.</b> Two readers who wait to become writers would wait for each other for ever. A thread that took a read grant, has not released it, and waits for the
 * write lock is refused at once with {@link IllegalStateException}; likewise one that waits for the read lock under its own write grant, which should use {@link #readUnder}. A
 * try answers as ever. Futures belong to no thread, so an {@code acquireAsync} is not refused: it waits until the grant is released.
 *
 * <p>A session that is suspended or lost, and what waiters do then: as for {@link DistributedLock}. <b>Memory consistency</b>: what a thread did before releasing
 * a write grant happens-before what another thread of the same JVM does after acquiring a later grant.
 *
 * <p>Algorithm: ephemeral sequential nodes; a reader watches the nearest writer ahead, a writer the nearest of all (ZooKeeper recipes, "Shared Locks"); names as Apache
 * Curator's {@code InterProcessReadWriteLock} writes them, so that its processes can share the path.
 */
public interface DistributedReadWriteLock {
    /** The read-write lock on this path. Nothing is sent before the first acquire. */
    static DistributedReadWriteLock of(Conclave conclave, String path) {
        return new QueuedReadWriteLock(conclave, path);
    }

    /** The path. */
    String path();

    /** The side that many hold at once. */
    DistributedLock readLock();

    /** The side that one holds alone. */
    DistributedLock writeLock();

    /** The write side, with grants that can write to the store under their own guard. */
    FencedLock fencedWriteLock();

    /**
     * Takes the read lock under a held write grant, without waiting for anybody: one round trip. Both are held then, and released separately in any order; the reader has
     * the writer's token. If interrupted, nothing has changed.
     *
     * @throws IllegalArgumentException if the grant is not one of this write lock by the same Conclave
     * @throws IllegalStateException if it was released
     * @throws io.conclave.GrantLostException if it is lost
     * @throws io.conclave.spi.UnavailableException if the store did not answer within the call time-out; nothing has changed
     */
    Grant readUnder(Grant write) throws InterruptedException;

    /** Like {@link #readUnder} in a future; cancelling it withdraws. */
    CompletableFuture<Grant> readUnderAsync(Grant write);

    /**
     * Takes the read lock under a held write grant and gives the write grant back: {@link #readUnder}, then {@link Grant#release()}. If it fails, the write grant is as before.
     *
     * @throws io.conclave.GrantLostException if the write grant is lost; nothing is held then
     */
    Grant downgrade(Grant write) throws InterruptedException;

    /** Like {@link #downgrade} in a future, which completes when the write grant was given back. */
    CompletableFuture<Grant> downgradeAsync(Grant write);

    /** Holders and waiters as the store sees them now. Blocks at most the call time-out. */
    QueueView queue() throws InterruptedException;

    /**
     * The view with reentrant locks that are held by threads: {@code readLock().asJavaLock()} and {@code writeLock().asJavaLock()}. As in {@link
     * java.util.concurrent.locks.ReentrantReadWriteLock} a thread that holds the write lock may take the read lock, and keep it when it unlocks the write lock; a
     * thread that holds only the read lock and waits for the write lock is refused at once with {@link IllegalStateException} ({@code tryLock()}: false).
     */
    ReadWriteLock asJavaLock();
}
