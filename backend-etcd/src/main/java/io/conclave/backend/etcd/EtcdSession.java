package io.conclave.backend.etcd;

import io.conclave.spi.Applied;
import io.conclave.spi.BackendClosedException;
import io.conclave.spi.BackendException;
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
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.TxnRequest;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One session: a lease, the key that lives with it, and all that hangs on them. Its state lives on one serial drain. */
final class EtcdSession implements Session, Liveness.Owner, Commits.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(EtcdSession.class);
    private static final Duration CLOSE_PAUSE = Duration.ofMillis(200);

    private final Settings settings;
    private final Rpc rpc;
    private final Timekeeper timekeeper;
    private final SerialDrain drain;
    private final long incarnation;
    private final SessionListener listener;
    private final Consumer<EtcdSession> onEnd;
    private final long nonce;
    private final AtomicLong operations = new AtomicLong();
    private final long lease;
    private final String id;
    private final Duration ttl;
    private final Liveness liveness;
    private final Commits commits;
    private final Reads reads;
    private final Watches watches;
    private final Runnable moved;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    /** Why operations fail; null while the session runs. */
    private volatile @Nullable BackendException ended;

    EtcdSession(SessionOpening opening, long lease, Duration ttl, long grantSent) {
        this.settings = opening.settings;
        this.rpc = opening.rpc;
        this.timekeeper = opening.settings.timekeeper();
        this.drain = opening.drain;
        this.incarnation = opening.spec.incarnation();
        this.listener = opening.listener;
        this.onEnd = opening.onEnd;
        this.nonce = opening.nonce;
        this.lease = lease;
        this.id = Long.toHexString(lease);
        this.ttl = ttl;
        this.liveness = new Liveness(this, timekeeper, drain, ttl.toNanos(), grantSent);
        this.commits = new Commits(this, Settings.capabilities());
        this.reads = new Reads(this);
        this.watches = new Watches(this, timekeeper);
        this.moved = () -> drain.execute(this::moved);
    }

    /** The caller has it now. On the drain. */
    void begin() {
        if (ended == null) {
            rpc.endpoints().addListener(moved);
            liveness.start();
        }
    }

    private void moved() {
        if (ended == null) {
            liveness.moved();
            commits.resume();
            reads.resume();
            watches.moved();
        }
    }

    // ---- liveness

    @Override
    public void onState(SessionState state) {
        LOG.debug("session {} is {}", id, state);
        try {
            listener.onState(this, state);
        } catch (RuntimeException | Error failure) {
            LOG.warn("a listener of session {} failed at {}", id, state, failure);
        }
    }

    @Override
    public void onContact(boolean again) {
        if (again) {
            commits.resume();
            reads.resume();
        }
        watches.pulse();
    }

    @Override
    public void onGone() {
        sessionGone("its lease has ended");
    }

    @Override
    public void onSilence() {
        lose("nothing was heard from the servers for two session time-outs");
    }

    @Override
    public int servers() {
        return rpc.endpoints().count();
    }

    @Override
    public void sendBeat(Duration each, Liveness.Result result) {
        rpc.keepAliveOnce(lease, timekeeper.deadlineAfter(each), drain, (renewed, trouble) -> {
            if (trouble != null) {
                result.on(trouble.kind() == Trouble.Kind.SESSION_GONE ? Liveness.Beat.GONE : Liveness.Beat.FAILED);
            } else if (renewed != null && renewed.getTTL() <= 0) {
                result.on(Liveness.Beat.GONE);
            } else {
                confirm(timekeeper.deadlineAfter(each), result);
            }
        });
    }

    private void confirm(long deadlineNanos, Liveness.Result result) {
        TxnRequest read = TxnRequest.newBuilder()
                .addSuccess(TxnPlan.range(RangeRequest.newBuilder()
                        .setKey(settings.keys().session(id))
                        .setKeysOnly(true)
                        .build()))
                .build();
        rpc.txn(read, deadlineNanos, drain, (answer, trouble) -> {
            if (answer == null) {
                result.on(Liveness.Beat.FAILED);
            } else {
                boolean there = answer.getResponses(0).getResponseRange().getKvsCount() > 0;
                result.on(there ? Liveness.Beat.ACKNOWLEDGED : Liveness.Beat.GONE);
            }
        });
    }

    // ---- what its parts need

    @Override
    public Keys keys() {
        return settings.keys();
    }

    @Override
    public Rpc rpc() {
        return rpc;
    }

    @Override
    public SerialDrain drain() {
        return drain;
    }

    @Override
    public long lease() {
        return lease;
    }

    @Override
    public long nonce() {
        return nonce;
    }

    @Override
    public long housekeepingDeadline() {
        return timekeeper.deadlineAfter(ttl);
    }

    // ---- ends

    @Override
    public void sessionGone(String why) {
        closed.complete(null);
        lose(why);
    }

    private void lose(String why) {
        if (ended == null) {
            end(
                    new SessionLostException("session " + id + ": " + why, Applied.NO),
                    SessionState.LOST,
                    (sent, lasting) -> new SessionLostException(
                            "session " + id + ": " + why, lasting ? Applied.UNKNOWN : Applied.NO));
            revoke(timekeeper.deadlineAfter(ttl));
        }
    }

    private void end(BackendException failure, SessionState last, Operation.EndMaker maker) {
        ended = failure;
        rpc.endpoints().removeListener(moved);
        liveness.end(last);
        commits.end(maker);
        reads.end(failure);
        watches.end(failure);
        onEnd.accept(this);
    }

    @Override
    public CompletionStage<Void> closeAsync() {
        drain.execute(() -> {
            if (ended == null) {
                BackendException failure = new BackendClosedException("session " + id + " was closed");
                end(
                        failure,
                        SessionState.CLOSED,
                        (sent, lasting) -> sent
                                ? new IndeterminateException("session " + id + " was closed before the answer came")
                                : failure);
                revoke(timekeeper.deadlineAfter(ttl));
            }
        });
        return closed.minimalCompletionStage();
    }

    /** Tries until the lease has run out by itself. */
    private void revoke(long deadlineNanos) {
        if (closed.isDone()) {
            return;
        }
        long tryUntil = timekeeper.deadlineAfter(ttl.dividedBy(4));
        long until = deadlineNanos - tryUntil < 0 ? deadlineNanos : tryUntil;
        rpc.revoke(lease, until, drain, (answer, trouble) -> {
            if (trouble == null || trouble.kind() == Trouble.Kind.SESSION_GONE) {
                closed.complete(null);
            } else if (timekeeper.isPast(deadlineNanos) || !trouble.isOfTheWay()) {
                closed.completeExceptionally(new IndeterminateException(
                        "the end of session " + id + " was not confirmed; it expires by itself: " + trouble.why()));
            } else {
                Duration left = timekeeper.until(deadlineNanos);
                Duration pause = left.compareTo(CLOSE_PAUSE) < 0 ? left : CLOSE_PAUSE;
                timekeeper.schedule(() -> drain.execute(() -> revoke(deadlineNanos)), pause);
            }
        });
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
                if (!call.expireIfPast(false)) {
                    commits.withdraw(opId, call);
                }
            } else if (failure instanceof SessionLostException && commits.isInDoubtForEver(opId)) {
                call.fail(new SessionLostException("the session is over", Applied.UNKNOWN, failure));
            } else {
                call.fail(failure);
            }
        });
        return call.stage();
    }

    /** Both levels are read alike: see {@link Reads}. */
    @Override
    public CompletionStage<List<View>> read(List<Query> queries, ReadLevel level, long deadlineNanos) {
        List<Query> asked = List.copyOf(queries);
        PendingCall<List<View>> call = new PendingCall<>(timekeeper, drain, deadlineNanos);
        drain.execute(() -> {
            BackendException failure = ended;
            if (failure == null) {
                reads.start(asked, call);
            } else {
                call.fail(failure);
            }
        });
        return call.stage();
    }

    @Override
    public Watch watch(WatchSpec spec, WatchListener watchListener) {
        Subscription subscription = new Subscription(spec, watchListener, drain, watches::remove);
        drain.execute(() -> {
            BackendException failure = ended;
            if (failure == null) {
                watches.add(subscription);
            } else {
                subscription.end(failure);
            }
        });
        return subscription;
    }

    // ---- plain values

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
        return liveness.validUntil();
    }

    @Override
    public void keepFresh(boolean wanted) {
        drain.execute(() -> liveness.keepFresh(wanted));
    }

    @Override
    public OpId newOpId() {
        return new OpId(nonce, operations.incrementAndGet());
    }
}
