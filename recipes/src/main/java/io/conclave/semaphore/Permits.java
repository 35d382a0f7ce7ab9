package io.conclave.semaphore;

import io.conclave.Acquirable;
import io.conclave.FencedGrant;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/**
 * A number of a semaphore's permits, to be acquired together: all of them in one grant, or none. Every acquire also fails with {@link PermitsMismatchException} if
 * others who use the semaphore declare another number of permits, or a resize has left fewer than are wanted.
 *
 * <p>The grants have identities and guard their writes to the store, which are applied only while the permits are held. Their tokens rise with the order of the acquires. A {@link
 * io.conclave.fencing.FencingGate} does not take them: several are held at once, and a later one ends no earlier one.
 */
public interface Permits extends Acquirable {
    /** How many. */
    int count();

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
}
