package io.conclave.lock;

import io.conclave.Grant;
import io.conclave.QueueView;
import io.conclave.internal.Acquirer;
import io.conclave.internal.Queued;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;

/** A lock, or a side of a read-write lock: the engine's queue under a policy. */
final class QueuedLock implements DistributedLock, Queued {
    private final String name;
    private final Acquirer acquirer;
    private final JavaLock javaLock;

    QueuedLock(String name, Acquirer acquirer, JavaLock javaLock) {
        this.name = name;
        this.acquirer = acquirer;
        this.javaLock = javaLock;
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
    public Grant acquire() throws InterruptedException {
        return acquirer.acquire();
    }

    @Override
    public Grant acquire(Duration wait) throws InterruptedException, TimeoutException {
        return acquirer.acquire(wait);
    }

    @Override
    public Optional<Grant> tryAcquire() throws InterruptedException {
        return acquirer.tryAcquire().map(grant -> grant);
    }

    @Override
    public CompletableFuture<Grant> acquireAsync() {
        return narrow(acquirer.acquireAsync());
    }

    @Override
    public CompletableFuture<Grant> acquireAsync(Duration wait) {
        return narrow(acquirer.acquireAsync(wait));
    }

    /** A future of a grant is a future of what the grant is, too: it is only read, and cancelled. */
    @SuppressWarnings("unchecked")
    static CompletableFuture<Grant> narrow(CompletableFuture<? extends Grant> future) {
        return (CompletableFuture<Grant>) future;
    }

    @Override
    public QueueView queue() throws InterruptedException {
        return acquirer.queue();
    }

    @Override
    public Lock asJavaLock() {
        return javaLock;
    }

    @Override
    public String toString() {
        return name + "[" + path() + "]";
    }
}
