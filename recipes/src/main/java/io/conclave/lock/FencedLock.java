package io.conclave.lock;

import io.conclave.Acquirable;
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
public interface FencedLock extends Acquirable {
    /** The fenced lock on this path. */
    static FencedLock of(Conclave conclave, String path) {
        return new FencedLockView(conclave, path);
    }

    @Override
    FencedGrant acquire() throws InterruptedException;

    @Override
    FencedGrant acquire(Duration wait) throws InterruptedException, TimeoutException;

    @Override
    Optional<FencedGrant> tryAcquire() throws InterruptedException;

    @Override
    CompletableFuture<FencedGrant> acquireAsync();

    @Override
    CompletableFuture<FencedGrant> acquireAsync(Duration wait);

    /** See {@link DistributedLock#queue()}. */
    QueueView queue() throws InterruptedException;
}
