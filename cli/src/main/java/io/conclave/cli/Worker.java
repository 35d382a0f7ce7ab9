package io.conclave.cli;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.GrantLostException;
import io.conclave.lock.FencedLock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What a worker of the demo can do, wherever it runs. One thread only. */
final class Worker {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private final FencedLock lock;
    private final CompletableFuture<Void> toldOfLoss = new CompletableFuture<>();
    private @Nullable FencedGrant grant;

    Worker(Conclave conclave, String lockPath) {
        this.lock = FencedLock.of(conclave, lockPath);
    }

    long acquire() throws InterruptedException {
        try {
            FencedGrant obtained = lock.acquire(PATIENCE);
            obtained.onLost(() -> toldOfLoss.complete(null));
            grant = obtained;
            return obtained.fencingToken();
        } catch (TimeoutException late) {
            throw new IllegalStateException("the lock was not obtained within " + PATIENCE.toSeconds() + " s", late);
        }
    }

    boolean believesToHold() {
        return grant != null && grant.isValid();
    }

    boolean wasToldOfLoss() throws InterruptedException {
        return Waiting.within(toldOfLoss, PATIENCE);
    }

    boolean write(String path, String data) throws InterruptedException {
        if (grant == null) {
            throw new IllegalStateException("a write before the lock was acquired");
        }
        try {
            grant.write(path, data.getBytes(StandardCharsets.UTF_8));
            return true;
        } catch (GrantLostException refused) {
            return false;
        }
    }
}
