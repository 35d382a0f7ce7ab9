package io.conclave.leader;

import io.conclave.FencedGrant;
import io.conclave.Registration;
import io.conclave.internal.Acquirer;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.SerialDrain;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What latches and candidacies share: it stands for a grant each time it is asked to, again after each failure, until it leaves. Owned by its user's drain: methods are
 * called on it, and so are the consumers.
 */
final class Participation {
    private static final Logger LOG = LoggerFactory.getLogger(Participation.class);

    private final Acquirer acquirer;
    private final SerialDrain drain;
    private final Consumer<FencedGrant> gained;
    private final Consumer<Throwable> refused;
    private final Registration closeHook;
    private @Nullable CompletableFuture<FencedGrant> asked;
    private boolean left;
    private int failures;

    /** Tells {@code gained} of each grant, {@code closed} when the Conclave is closed, {@code refused} when it had been closed before. */
    Participation(
            Acquirer acquirer,
            SerialDrain drain,
            Consumer<FencedGrant> gained,
            Runnable closed,
            Consumer<Throwable> refused) {
        this.acquirer = acquirer;
        this.drain = drain;
        this.gained = gained;
        this.refused = refused;
        this.closeHook = acquirer.onClosed(() -> drain.execute(closed));
    }

    /** Stands for the next grant. */
    void ask() {
        if (left) {
            return;
        }
        CompletableFuture<FencedGrant> asking = acquirer.acquireOnEngine();
        asked = asking;
        Acquirer.whenDone(
                asking,
                grant -> drain.execute(() -> got(grant)),
                failure -> drain.execute(() -> failed(asking, failure)));
    }

    /** Stands for the next grant after a pause that grows with this number. */
    void askAfter(int troubles) {
        acquirer.afterPause(troubles, () -> drain.execute(this::ask));
    }

    private void got(FencedGrant grant) {
        asked = null;
        failures = 0;
        gained.accept(grant);
    }

    private void failed(CompletableFuture<FencedGrant> asking, Throwable failure) {
        if (asking != asked) {
            return;
        }
        asked = null;
        if (failure instanceof BackendClosedException) {
            refused.accept(failure);
            return;
        }
        failures++;
        LOG.warn("standing for {} failed, attempt {}", acquirer.path(), failures, failure);
        askAfter(failures);
    }

    /** Stands no more. False if a grant is on its way to {@code gained} all the same, which gives it back. */
    boolean leave() {
        left = true;
        closeHook.close();
        CompletableFuture<FencedGrant> asking = asked;
        asked = null;
        return asking == null || asking.cancel(false) || asking.isCompletedExceptionally();
    }
}
