package io.conclave.lock;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.QueueView;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * A {@link DistributedLock} whose grants can write to the store under their own guard ({@link FencedGrant}). It contends with a {@code DistributedLock}
 * on the same path. Waiting, cancellation and loss are as there; an acquire also fails, with {@link io.conclave.StaleStoreException}, if no token
 * can be given.
 */
public interface FencedLock {
    /** The fenced lock on this path. */
    static FencedLock of(Conclave conclave, String path) {
        return new FencedLockView(conclave, path);
    }

    /** The path. */
    String path();

    /** See {@link DistributedLock#acquire()}. */
    FencedGrant acquire() throws InterruptedException;

    /** See {@link DistributedLock#acquire(Duration)}. */
    FencedGrant acquire(Duration wait) throws InterruptedException, TimeoutException;

    /** See {@link DistributedLock#tryAcquire()}. */
    Optional<FencedGrant> tryAcquire() throws InterruptedException;

    /** See {@link DistributedLock#acquireAsync()}. */
    CompletableFuture<FencedGrant> acquireAsync();

    /** See {@link DistributedLock#acquireAsync(Duration)}. */
    CompletableFuture<FencedGrant> acquireAsync(Duration wait);

    /** See {@link DistributedLock#queue()}. */
    QueueView queue() throws InterruptedException;
}
