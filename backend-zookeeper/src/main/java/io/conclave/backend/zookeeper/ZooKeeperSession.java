package io.conclave.backend.zookeeper;

import io.conclave.spi.AccessDeniedException;
import io.conclave.spi.Applied;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.IndeterminateException;
import io.conclave.spi.OpId;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionLostException;
import io.conclave.spi.SessionState;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.View;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import io.conclave.spi.Withdrawal;
import io.conclave.spi.support.PendingCall;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One ZooKeeper session: one handle, from its first connection until it is closed or lost. All its state lives on one serial drain, onto
 * which the client's replies and events hop in the order in which they come.
 */
final class ZooKeeperSession implements Session, Liveness.Owner, Link.Monitor, Commits.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperSession.class);

    private final Timekeeper timekeeper;
    private final SerialDrain drain;
    private final long incarnation;
    private final SessionListener listener;
    private final long nonce;
    private final AtomicLong operations = new AtomicLong();
    private final Handle handle;
    private final long numericId;
    private final String id;
    private final Duration ttl;
    private final SessionClock clock;
    private final Liveness liveness;
    private final Link link;
    private final Commits commits;
    private final Watches watches;
    private final Reads reads;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final Runnable onEnd;
    private boolean opened;
    /** Why operations fail; null while the session runs. */
    private volatile @Nullable BackendException ended;

    ZooKeeperSession(SessionOpening opening, Runnable onEnd) {
        this.timekeeper = opening.settings.timekeeper();
        this.drain = opening.drain;
        this.incarnation = opening.spec.incarnation();
        this.listener = opening.listener;
        this.nonce = opening.nonce;
        this.handle = opening.handle();
        this.numericId = handle.getSessionId();
        this.id = Long.toHexString(numericId);
        this.ttl = Duration.ofMillis(handle.getSessionTimeout());
        this.onEnd = onEnd;
        this.clock = new SessionClock(ttl.toNanos(), opening.startedNanos);
        this.liveness = new Liveness(this, timekeeper, drain, clock, ttl.toNanos());
        Layout layout = opening.settings.layout();
        this.link = new Link(handle, drain, timekeeper, this, opening::onEvent, opening.settings.acl(), layout.beat());
        this.commits =
                new Commits(this, link, layout, opening.settings.capabilities(), opening.settings.requestBytesMax());
        this.reads = new Reads(commits, this::isConnected);
        this.watches = new Watches(link, layout);
    }

    Commits commits() {
        return commits;
    }

    Handle handle() {
        return handle;
    }

    // ---- what the client tells, on the drain

    void onEvent(WatchedEvent event) {
        if (ended != null) {
            return;
        }
        switch (event.getState()) {
            case Disconnected -> liveness.disconnected();
            case Expired -> {
                closed.complete(null);
                lose(null, "the server has ended the session");
            }
            case AuthFailed ->
                lose(
                        new AccessDeniedException("the server refuses the credentials"),
                        "the server refuses the credentials");
            default -> {}
        }
    }

    @Override
    public void onReply(boolean provesQuorum, long sentNanos) {
        if (provesQuorum) {
            clock.acknowledged(sentNanos);
        }
        liveness.replied(provesQuorum);
    }

    @Override
    public void onWriteSent(long sentNanos) {
        liveness.wrote(sentNanos);
    }

    @Override
    public void onLost(Code code) {
        if (code == Code.CONNECTIONLOSS) {
            liveness.disconnected();
        }
    }

    @Override
    public void onState(SessionState state) {
        if (!opened) {
            return;
        }
        LOG.debug("session {} is {}", id, state);
        try {
            listener.onState(this, state);
        } catch (RuntimeException | Error failure) {
            LOG.warn("a listener of session {} failed at {}", id, state, failure);
        }
    }

    @Override
    public void onSilence() {
        lose(null, "nothing was heard from the servers for two session time-outs");
    }

    @Override
    public void sendBeat(Runnable replied) {
        link.beat((code, none) -> replied.run());
    }

    @Override
    public boolean isConnected() {
        return ended == null && liveness.isConnected();
    }

    @Override
    public long numericId() {
        return numericId;
    }

    @Override
    public long nonce() {
        return nonce;
    }

    // ---- ends

    /** The caller has it now and hears of every change. */
    void opened() {
        opened = true;
    }

    /** Ends a session that nobody was given; false if it has ended already. */
    boolean giveUp() {
        if (ended != null) {
            return false;
        }
        BackendException failure = new BackendClosedException("session " + id + " was not opened");
        end(failure, SessionState.CLOSED, (wasSent, lasting) -> failure);
        return true;
    }

    private void lose(@Nullable BackendException cause, String why) {
        if (ended != null) {
            return;
        }
        BackendException failure = cause == null ? new SessionLostException(why, Applied.NO) : cause;
        end(failure, SessionState.LOST, (wasSent, lasting) -> lost(cause, why, lasting));
        close();
    }

    private static BackendException lost(@Nullable BackendException cause, String why, boolean lasting) {
        if (cause != null && !lasting) {
            return cause;
        }
        return new SessionLostException(why, lasting ? Applied.UNKNOWN : Applied.NO);
    }

    private void end(BackendException failure, SessionState last, Operation.LostMaker maker) {
        ended = failure;
        liveness.end(last);
        commits.end(maker);
        reads.end(failure);
        watches.end(failure);
        onEnd.run();
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        drain.execute(() -> {
            if (ended == null) {
                BackendException failure = new BackendClosedException("session " + id + " was closed");
                end(
                        failure,
                        SessionState.CLOSED,
                        (wasSent, lasting) -> wasSent
                                ? new IndeterminateException("session " + id + " was closed before the answer came")
                                : failure);
                close();
            }
        });
        return closed.minimalCompletionStage();
    }

    private void close() {
        Cancellable timer = timekeeper.schedule(
                () -> drain.execute(() -> closed.completeExceptionally(new IndeterminateException(
                        "the end of session " + id + " was not confirmed within its time-out; it expires by itself"))),
                ttl);
        Closing.inBackground(
                handle,
                id,
                confirmed -> drain.execute(() -> {
                    timer.cancel();
                    if (confirmed) {
                        closed.complete(null);
                    } else {
                        closed.completeExceptionally(new IndeterminateException(
                                "the end of session " + id + " was not confirmed; it expires by itself"));
                    }
                }));
    }

    // ---- operations

    @Override
    public CompletionStage<CommitResult> commit(Commit commit) {
        PendingCall<CommitResult> call = new PendingCall<>(timekeeper, drain, commit.deadlineNanos());
        drain.execute(() -> {
            BackendException failure = ended;
            if (failure == null) {
                commits.commit(commit, call);
            } else if (failure instanceof SessionLostException && commits.isInDoubtForEver(commit.opId())) {
                call.fail(new SessionLostException("the session is over", Applied.UNKNOWN, failure));
            } else {
                call.fail(failure);
            }
        });
        return call.stage();
    }

    @Override
    public CompletionStage<Withdrawal> withdraw(OpId opId, long deadlineNanos) {
        PendingCall<Withdrawal> call = new PendingCall<>(timekeeper, drain, deadlineNanos);
        drain.execute(() -> {
            BackendException failure = ended;
            if (failure == null) {
                commits.withdraw(opId, call);
            } else if (failure instanceof SessionLostException && commits.isInDoubtForEver(opId)) {
                call.fail(new SessionLostException("the session is over", Applied.UNKNOWN, failure));
            } else {
                call.fail(failure);
            }
        });
        return call.stage();
    }

    @Override
    public CompletionStage<List<View>> read(List<Query> queries, ReadLevel level, long deadlineNanos) {
        PendingCall<List<View>> call = new PendingCall<>(timekeeper, drain, deadlineNanos);
        List<Query> asked = List.copyOf(queries);
        drain.execute(() -> {
            BackendException failure = ended;
            if (failure != null) {
                call.fail(failure);
            } else {
                reads.start(asked, level, call);
            }
        });
        return call.stage();
    }

    /** Connected again: beats first, then everything that waited, then watches tell that they may have missed something. */
    void reconnected() {
        if (ended == null) {
            liveness.connected();
            commits.resume();
            reads.resume();
            resyncWatches();
        }
    }

    /** Events were dropped, or lost with a connection. */
    void resyncWatches() {
        if (ended == null) {
            watches.resume(handle.lastZxid());
        }
    }

    void onNodeEvent(WatchedEvent event) {
        if (ended == null) {
            watches.onEvent(event);
        }
    }

    @Override
    public Watch watch(WatchSpec spec, WatchListener watchListener) {
        Subscription subscription = new Subscription(spec, watchListener, drain, watches::remove);
        drain.execute(() -> {
            BackendException failure = ended;
            if (failure != null) {
                subscription.end(failure);
            } else {
                watches.add(subscription, liveness.isConnected());
            }
        });
        return subscription;
    }

    // ---- from memory

    @Override
    public String id() {
        return id;
    }

    @Override
    public long incarnation() {
        return incarnation;
    }

    @Override
    public Duration ttl() {
        return ttl;
    }

    @Override
    public SessionState state() {
        return liveness.state();
    }

    @Override
    public long validUntilNanos() {
        return clock.validUntil();
    }

    @Override
    public void keepFresh(boolean wanted) {
        drain.execute(() -> liveness.keepFresh(wanted));
    }

    @Override
    public OpId newOpId() {
        return new OpId(nonce, operations.incrementAndGet());
    }

    @Override
    public String toString() {
        return "ZooKeeper session " + id + " (" + state() + ")";
    }
}
