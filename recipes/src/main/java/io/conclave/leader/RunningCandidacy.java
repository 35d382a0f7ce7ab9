package io.conclave.leader;

import io.conclave.FencedGrant;
import io.conclave.internal.Acquirer;
import io.conclave.spi.SerialDrain;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A candidacy: ask for a grant, run the body on a thread of the user's executor, give the grant back when the body has returned, ask again. Loss, abdication and close only interrupt
 * the body's thread; what happens next is decided when it has returned, so two bodies never run at a time. {@code bodyThread} is set exactly while the body runs, under
 * the lock, so that no interrupt hits the thread after it has gone on to other work.
 */
final class RunningCandidacy implements Candidacy {
    private static final Logger LOG = LoggerFactory.getLogger(RunningCandidacy.class);

    private final Acquirer acquirer;
    private final boolean requeue;
    private final LeaderBody body;
    private final SerialDrain drain;
    private final CompletableFuture<Void> completion = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Participation participation;
    private @Nullable Thread bodyThread; // guarded by lock
    private volatile @Nullable FencedGrant term;
    private volatile boolean closed;
    private volatile boolean abdicated;
    private int troubles;

    RunningCandidacy(Acquirer acquirer, boolean requeue, LeaderBody body) {
        this.acquirer = acquirer;
        this.requeue = requeue;
        this.body = body;
        this.drain = acquirer.newDrain();
        this.participation = new Participation(acquirer, drain, this::gained, this::withdraw, this::end);
    }

    Candidacy start() {
        drain.execute(participation::ask);
        return this;
    }

    private void gained(FencedGrant grant) {
        if (closed) {
            giveBackAndEnd(grant);
            return;
        }
        abdicated = false;
        term = grant;
        Acquirer.onEndAtOnce(grant, () -> termEnded(grant));
        try {
            acquirer.runBlocking(() -> runBody(grant));
        } catch (Throwable rejected) { // whatever the executor throws: the candidacy goes on
            LOG.warn("the user's executor refused the leader's body of {}", acquirer.path(), rejected);
            term = null;
            Acquirer.giveBack(grant, lost -> drain.execute(() -> participation.askAfter(++troubles)));
        }
    }

    private void giveBackAndEnd(FencedGrant grant) {
        Acquirer.giveBack(grant, lost -> drain.execute(this::end));
    }

    private void runBody(FencedGrant grant) {
        setBodyThread(Thread.currentThread());
        boolean threw = false;
        try {
            if (grant.isValid() && !closed && !abdicated) {
                body.lead(grant);
            }
        } catch (InterruptedException stopped) {
            LOG.debug("the leader's body of {} was interrupted", acquirer.path());
        } catch (Throwable failure) { // a user's failure ends the term, not the candidacy
            threw = grant.isValid() && !abdicated;
            LOG.warn("the leader's body of {} threw", acquirer.path(), failure);
        } finally {
            setBodyThread(null);
        }
        bodyReturned(grant, threw);
    }

    private void setBodyThread(@Nullable Thread thread) {
        lock.lock();
        try {
            bodyThread = thread;
            if (thread == null && Thread.interrupted()) {
                LOG.debug("an interrupt of the body came when it had returned");
            }
        } finally {
            lock.unlock();
        }
    }

    private void bodyReturned(FencedGrant grant, boolean threw) {
        Acquirer.giveBack(grant, lost -> drain.execute(() -> goOn(lost, threw)));
    }

    private void goOn(boolean lost, boolean threw) {
        term = null;
        troubles = threw ? troubles + 1 : 0;
        if (closed || (!requeue && !lost && !abdicated)) {
            end();
        } else if (threw) {
            participation.askAfter(troubles);
        } else {
            participation.ask();
        }
    }

    /** The body learns of every end of its term but its own release. */
    private void termEnded(FencedGrant grant) {
        if (!Acquirer.isReleased(grant) || !isBodyThread()) {
            interruptBody(grant);
        }
    }

    private void interruptBody(FencedGrant ofTerm) {
        lock.lock();
        try {
            if (bodyThread != null && term == ofTerm) {
                bodyThread.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean isBodyThread() {
        lock.lock();
        try {
            return bodyThread == Thread.currentThread();
        } finally {
            lock.unlock();
        }
    }

    private void withdraw() {
        if (closed) {
            return;
        }
        closed = true;
        boolean nothingComes = participation.leave();
        FencedGrant present = term;
        if (present != null) {
            interruptBody(present);
        } else if (nothingComes) {
            end();
        }
    }

    private void end() {
        end(null);
    }

    private void end(@Nullable Throwable why) {
        closed = true;
        participation.leave();
        if (ended.complete(null)) {
            acquirer.completeForUser(
                    why == null ? () -> completion.complete(null) : () -> completion.completeExceptionally(why));
        }
    }

    @Override
    public boolean isLeading() {
        return term().isPresent();
    }

    @Override
    public Optional<FencedGrant> term() {
        FencedGrant present = term;
        return present != null && present.isValid() ? Optional.of(present) : Optional.empty();
    }

    @Override
    public void abdicate() {
        drain.execute(() -> {
            FencedGrant present = term;
            if (present != null && !closed) {
                abdicated = true;
                interruptBody(present);
            }
        });
    }

    @Override
    public CompletionStage<Void> completion() {
        return completion.minimalCompletionStage();
    }

    @Override
    public void close() {
        boolean inside = isBodyThread();
        drain.execute(this::withdraw);
        if (!inside) {
            acquirer.awaitQuietly(ended);
        }
    }

    @Override
    public String toString() {
        return "Candidacy[" + acquirer.path() + ", leading: " + isLeading() + "]";
    }
}
