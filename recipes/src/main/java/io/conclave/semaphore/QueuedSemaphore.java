package io.conclave.semaphore;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.internal.Acquirer;
import io.conclave.internal.PermitLimits;
import io.conclave.internal.PermitNames;
import io.conclave.internal.Queued;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** The engine's queue under {@link PermitPolicy}. Every waiter has its own place, so that the order of arrival is that of the store. */
final class QueuedSemaphore implements DistributedSemaphore {
    private final Conclave conclave;
    private final String path;
    private final int declared;
    private final PermitLimits limits;

    QueuedSemaphore(Conclave conclave, String path, int declared) {
        if (declared < 1) {
            throw new IllegalArgumentException("a semaphore with " + declared + " permits: there must be at least 1");
        }
        this.conclave = conclave;
        this.declared = declared;
        this.limits = new PermitLimits(conclave, path);
        this.path = limits.path().toString();
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public int declaredPermits() {
        return declared;
    }

    @Override
    public Permits permits(int count) {
        if (count < 1 || count > declared) {
            throw new IllegalArgumentException(count + " permits of " + path + ", which has " + declared);
        }
        return new Some(count, new Acquirer(conclave, path, new PermitPolicy(count, declared), true, ""));
    }

    @Override
    public void resize(int permits) throws InterruptedException {
        if (permits < 1) {
            throw new IllegalArgumentException("resized to " + permits + " permits: there must be at least 1");
        }
        limits.set(permits, declared);
    }

    @Override
    public SemaphoreView view() throws InterruptedException {
        PermitLimits.State state = limits.state();
        PermitNames names = state.names();
        int permits = names.inForce().orElse(declared);
        long free = Math.max(0, permits - names.taken(permits));
        boolean somebodyWaits = names.wanted() > names.taken(permits);
        return new SemaphoreView(permits, somebodyWaits ? 0 : (int) free, state.view());
    }

    @Override
    public String toString() {
        return "DistributedSemaphore[" + path + ", " + declared + "]";
    }

    private record Some(int count, Acquirer acquirer) implements Permits, Queued {
        @Override
        public String path() {
            return acquirer.path().toString();
        }

        @Override
        public FencedGrant acquire() throws InterruptedException {
            return acquirer.acquire();
        }

        @Override
        public FencedGrant acquire(Duration wait) throws InterruptedException, TimeoutException {
            return acquirer.acquire(wait);
        }

        @Override
        public Optional<FencedGrant> tryAcquire() throws InterruptedException {
            return acquirer.tryAcquire();
        }

        @Override
        public CompletableFuture<FencedGrant> acquireAsync() {
            return acquirer.acquireAsync();
        }

        @Override
        public CompletableFuture<FencedGrant> acquireAsync(Duration wait) {
            return acquirer.acquireAsync(wait);
        }

        @Override
        public String toString() {
            return "Permits[" + count + " of " + path() + "]";
        }
    }
}
