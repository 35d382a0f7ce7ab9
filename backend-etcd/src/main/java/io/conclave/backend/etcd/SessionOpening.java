package io.conclave.backend.etcd;

import com.google.protobuf.ByteString;
import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.Timekeeper;
import io.conclave.spi.UnavailableException;
import io.etcd.jetcd.api.LeaseGrantRequest;
import io.etcd.jetcd.api.PutRequest;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** One session being opened: its lease is granted and its key is put with that lease. Tried until the deadline. */
final class SessionOpening {
    private static final long TRY_NANOS = Duration.ofSeconds(2).toNanos();
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final int PAUSES_MOST = 10;

    final Settings settings;
    final Rpc rpc;
    final SessionSpec spec;
    final SessionListener listener;
    final SerialDrain drain;
    final long nonce;
    final Consumer<EtcdSession> onEnd;
    private final Timekeeper timekeeper;
    private final long deadlineNanos;
    private final CompletableFuture<Session> promise = new CompletableFuture<>();
    private Cancellable timer = () -> {};
    private int failures;
    private long lease;
    private String lastFailure = "nothing answered";

    SessionOpening(
            Settings settings,
            Rpc rpc,
            SessionSpec spec,
            SessionListener listener,
            long nonce,
            long deadlineNanos,
            Consumer<EtcdSession> onEnd) {
        this.settings = settings;
        this.rpc = rpc;
        this.spec = spec;
        this.listener = listener;
        this.nonce = nonce;
        this.deadlineNanos = deadlineNanos;
        this.onEnd = onEnd;
        this.timekeeper = settings.timekeeper();
        this.drain = new SerialDrain(timekeeper.executor());
    }

    CompletionStage<Session> start() {
        drain.execute(() -> {
            timer = timekeeper.schedule(
                    () -> drain.execute(() -> fail(new UnavailableException(
                            "no session with " + settings.servers() + " by the deadline: " + lastFailure))),
                    timekeeper.until(deadlineNanos));
            grant();
        });
        return promise.minimalCompletionStage();
    }

    /** Gives up if it has not opened yet. */
    void cancel(BackendException failure) {
        drain.execute(() -> fail(failure));
    }

    private long tryDeadline() {
        long now = timekeeper.nanoTime();
        return deadlineNanos - now < TRY_NANOS ? deadlineNanos : now + TRY_NANOS;
    }

    private void grant() {
        if (promise.isDone()) {
            return;
        }
        LeaseGrantRequest request = LeaseGrantRequest.newBuilder()
                .setTTL(Settings.ttlSeconds(spec.ttl()))
                .build();
        long sent = timekeeper.nanoTime();
        rpc.grant(request, tryDeadline(), drain, (answer, trouble) -> {
            if (answer != null) {
                lease = answer.getID();
                if (promise.isDone()) {
                    revoke();
                } else {
                    putKey(Duration.ofSeconds(answer.getTTL()), sent);
                }
            } else if (trouble != null) {
                again(trouble, this::grant);
            }
        });
    }

    private void putKey(Duration ttl, long grantSent) {
        if (promise.isDone()) {
            return;
        }
        PutRequest put = PutRequest.newBuilder()
                .setKey(settings.keys().session(Long.toHexString(lease)))
                .setValue(ByteString.copyFromUtf8(Long.toString(spec.incarnation())))
                .setLease(lease)
                .build();
        TxnRequest txn = TxnRequest.newBuilder()
                .addSuccess(RequestOp.newBuilder().setRequestPut(put))
                .build();
        rpc.txn(txn, tryDeadline(), drain, (answer, trouble) -> {
            if (promise.isDone()) {
                return;
            }
            if (answer != null) {
                timer.cancel();
                EtcdSession session = new EtcdSession(this, lease, ttl, grantSent);
                promise.complete(session);
                session.begin();
            } else if (trouble != null && trouble.kind() == Trouble.Kind.SESSION_GONE) {
                grant();
            } else if (trouble != null) {
                again(trouble, () -> putKey(ttl, grantSent));
            }
        });
    }

    private void again(Trouble trouble, Runnable step) {
        if (promise.isDone()) {
            return;
        }
        lastFailure = trouble.why();
        if (!trouble.isOfTheWay()) {
            fail(trouble.toException());
            return;
        }
        Duration pause = PAUSE.multipliedBy(Math.min(++failures, PAUSES_MOST));
        Cancellable next = timekeeper.schedule(() -> drain.execute(step), pause);
        if (promise.isDone()) {
            next.cancel();
        }
    }

    private void fail(BackendException failure) {
        if (promise.isDone()) {
            return;
        }
        timer.cancel();
        promise.completeExceptionally(failure);
        revoke();
    }

    /** What cannot be revoked now expires by itself. */
    private void revoke() {
        if (lease != 0) {
            rpc.revoke(lease, timekeeper.nanoTime() + TRY_NANOS, drain, (answer, trouble) -> {});
        }
    }
}
