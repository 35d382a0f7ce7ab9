package io.conclave.lock;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.QueueView;
import io.conclave.internal.Acquirer;
import io.conclave.internal.AdmissionPolicies;
import io.conclave.internal.Queued;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** The same queue as {@link QueuedLock}, with grants that must have a token. */
final class FencedLockView implements FencedLock, Queued {
    private final Acquirer acquirer;

    FencedLockView(Conclave conclave, String path) {
        this(new Acquirer(conclave, path, AdmissionPolicies.LOCK, false, ""));
    }

    FencedLockView(Acquirer acquirer) {
        this.acquirer = acquirer;
    }

    @Override
    public Acquirer acquirer() {
        return acquirer;
    }

    @Override
    public String path() {
        return acquirer.path().toString();
    }

    @Override
    public FencedGrant acquire() throws InterruptedException {
        return Acquirer.requireToken(acquirer.acquire());
    }

    @Override
    public FencedGrant acquire(Duration wait) throws InterruptedException, TimeoutException {
        return Acquirer.requireToken(acquirer.acquire(wait));
    }

    @Override
    public Optional<FencedGrant> tryAcquire() throws InterruptedException {
        return acquirer.tryAcquire().map(Acquirer::requireToken);
    }

    @Override
    public CompletableFuture<FencedGrant> acquireAsync() {
        return acquirer.acquireFencedAsync(null);
    }

    @Override
    public CompletableFuture<FencedGrant> acquireAsync(Duration wait) {
        return acquirer.acquireFencedAsync(Objects.requireNonNull(wait, "wait"));
    }

    @Override
    public QueueView queue() throws InterruptedException {
        return acquirer.queue();
    }

    @Override
    public String toString() {
        return "FencedLock[" + path() + "]";
    }
}
