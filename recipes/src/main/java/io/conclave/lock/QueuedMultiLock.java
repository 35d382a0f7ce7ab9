package io.conclave.lock;

import io.conclave.Acquirable;
import io.conclave.FencedGrant;
import io.conclave.internal.Acquirer;
import io.conclave.internal.MultiAcquirer;
import io.conclave.internal.Queued;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** Several of the engine's queues. */
final class QueuedMultiLock implements MultiLock {
    private final List<Acquirable> parts;
    private final MultiAcquirer acquirer;

    QueuedMultiLock(List<Acquirable> parts) {
        this.parts = parts;
        this.acquirer =
                new MultiAcquirer(parts.stream().map(QueuedMultiLock::acquirer).toList());
    }

    private static Acquirer acquirer(Acquirable part) {
        if (part instanceof Queued queued) {
            return queued.acquirer();
        }
        throw new IllegalArgumentException(
                "not made by this library: " + part.getClass().getName());
    }

    @Override
    public List<Acquirable> parts() {
        return parts;
    }

    @Override
    public MultiGrant acquire() throws InterruptedException {
        return grant(acquirer.acquire());
    }

    @Override
    public MultiGrant acquire(Duration wait) throws InterruptedException, TimeoutException {
        return grant(acquirer.acquire(wait));
    }

    @Override
    public Optional<MultiGrant> tryAcquire() throws InterruptedException {
        return acquirer.tryAcquire().map(this::grant);
    }

    @Override
    public CompletableFuture<MultiGrant> acquireAsync() {
        return withdrawing(acquirer.acquireAsync(null));
    }

    @Override
    public CompletableFuture<MultiGrant> acquireAsync(Duration wait) {
        return withdrawing(acquirer.acquireAsync(Objects.requireNonNull(wait, "wait")));
    }

    /** The same future of something else: ending it ends the other. */
    private CompletableFuture<MultiGrant> withdrawing(CompletableFuture<List<FencedGrant>> grants) {
        CompletableFuture<MultiGrant> all = new CompletableFuture<>();
        Acquirer.whenDone(
                grants,
                got -> {
                    MultiGrant grant = grant(got);
                    if (!all.complete(grant)) {
                        grant.releaseAsync();
                    }
                },
                all::completeExceptionally);
        Acquirer.whenDone(all, grant -> {}, failure -> grants.cancel(false));
        return all;
    }

    private MultiGrant grant(List<FencedGrant> grants) {
        return new HeldMultiGrant(parts, grants, acquirer);
    }

    @Override
    public String toString() {
        return "MultiLock" + parts;
    }
}
