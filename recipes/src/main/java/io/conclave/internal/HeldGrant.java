package io.conclave.internal;

import io.conclave.FencedGrant;
import io.conclave.GrantLostException;
import io.conclave.Registration;
import io.conclave.StaleStoreException;
import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.Guard;
import io.conclave.spi.Node;
import io.conclave.spi.NodePath;
import io.conclave.spi.Query;
import io.conclave.spi.ReadLevel;
import io.conclave.spi.Session;
import io.conclave.spi.SessionState;
import io.conclave.spi.View;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The grant. Its phase changes once, from HELD to RELEASED or LOST, by compare-and-set, whoever sees the reason first: a caller who compares the clocks, the validity
 * timer, the session's end, the watch of its own node (set only when it is held for longer, so that short holds cost no request), or a refused guard.
 */
final class HeldGrant implements FencedGrant {
    private static final Logger LOG = LoggerFactory.getLogger(HeldGrant.class);

    private enum Phase {
        HELD,
        RELEASED,
        LOST
    }

    private final ContenderQueue queue;
    private final ConclaveCore core;
    private final Session session;
    private final Node node;
    private final long token;
    private final AdmissionPolicy policy;
    private final boolean fair;
    private final @Nullable Thread takenBy;
    private final boolean staleStore;
    private final long grantedNanos;
    private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.HELD);
    private final List<LossListener> listeners = new CopyOnWriteArrayList<>();
    private final List<Runnable> hooks = new CopyOnWriteArrayList<>();
    private volatile String reason = "it was lost";
    private volatile @Nullable Cancellable ownWatchTimer;
    private volatile @Nullable Watch ownWatch;

    HeldGrant(Waiter waiter, Session session, Node node, long token, boolean staleStore) {
        this.queue = waiter.queue;
        this.core = queue.core;
        this.policy = waiter.policy;
        this.fair = waiter.fair;
        this.takenBy = waiter.thread;
        this.session = session;
        this.node = node;
        this.token = token;
        this.staleStore = staleStore;
        this.grantedNanos = core.timekeeper().nanoTime();
        this.ownWatchTimer =
                core.timekeeper().schedule(this::watchOwnNode, session.ttl().dividedBy(3));
    }

    Session session() {
        return session;
    }

    Node node() {
        return node;
    }

    AdmissionPolicy policy() {
        return policy;
    }

    ContenderQueue queue() {
        return queue;
    }

    /** The thread that waited for it; null if it came in a future. */
    @Nullable
    Thread takenBy() {
        return takenBy;
    }

    long token() {
        return token;
    }

    boolean isOfStaleStore() {
        return staleStore;
    }

    boolean isFair() {
        return fair;
    }

    long grantedNanos() {
        return grantedNanos;
    }

    @Override
    public String path() {
        return queue.key.path().toString();
    }

    @Override
    public long fencingToken() {
        requireToken();
        return token;
    }

    void requireToken() {
        if (staleStore) {
            throw new StaleStoreException("the store went backwards: a grant of " + path() + " has the token " + token
                    + ", which is not above those seen before; raise the epoch");
        }
    }

    @Override
    public boolean isValid() {
        if (phase.get() != Phase.HELD) {
            return false;
        }
        if (session.state().isFinal()) {
            return !lose("its session is over");
        }
        if (core.timekeeper().isPast(session.validUntilNanos())) {
            return !lose("its validity ran out without contact to the store");
        }
        return true;
    }

    @Override
    public Duration validFor() {
        return isValid() ? core.timekeeper().until(session.validUntilNanos()) : Duration.ZERO;
    }

    @Override
    public void requireValid() {
        if (!isValid()) {
            if (phase.get() == Phase.RELEASED) {
                throw new IllegalStateException("the grant of " + path() + " was released");
            }
            throw lostException();
        }
    }

    private GrantLostException lostException() {
        return new GrantLostException("the grant of " + path() + " is lost: " + reason);
    }

    /** Makes it lost, if it is held. Always returns true, so that {@code return !lose(...)} says that it is not valid. */
    boolean lose(String why) {
        if (phase.get() != Phase.HELD) {
            return true;
        }
        CompletableFuture<Void> told = new CompletableFuture<>();
        queue.holdBack(told, session.ttl());
        if (!phase.compareAndSet(Phase.HELD, Phase.LOST)) {
            told.complete(null);
            return true;
        }
        reason = why;
        stopOwnWatch();
        hooks.forEach(Runnable::run);
        queue.lost(this);
        Calls.forward(
                CompletableFuture.allOf(
                        listeners.stream().map(LossListener::tell).toArray(CompletableFuture[]::new)),
                told);
        return true;
    }

    /**
     * For recipes: a quick hook for the end, by loss or release, on whatever thread brings or finds it, so that it depends on no executor of the user. May be called
     * twice.
     */
    void onEndAtOnce(Runnable hook) {
        hooks.add(hook);
        if (phase.get() != Phase.HELD) {
            hook.run();
        }
    }

    boolean isReleased() {
        return phase.get() == Phase.RELEASED;
    }

    @Override
    public Registration onLost(Runnable listener) {
        LossListener registered = new LossListener(java.util.Objects.requireNonNull(listener, "listener"));
        listeners.add(registered);
        isValid();
        if (phase.get() == Phase.LOST) {
            Calls.inBackground(registered.tell(), "telling a loss");
        }
        return () -> listeners.remove(registered);
    }

    @Override
    public CompletionStage<Void> releaseAsync() {
        return core.callbacks().forUser("releaseAsync", releaseOnEngine());
    }

    /** Like {@link #releaseAsync}, for the engine itself: dependents run on the engine's threads. */
    CompletableFuture<Void> releaseOnEngine() {
        if (isValid() && phase.compareAndSet(Phase.HELD, Phase.RELEASED)) {
            stopOwnWatch();
            CompletableFuture<Void> released = queue.released(this).handle((result, failure) -> {
                if (failure != null) {
                    LOG.debug("releasing {} ended with a failure: the node goes with its session", path(), failure);
                } else if (result instanceof CommitResult.Refused) {
                    throw new GrantLostException("the grant of " + path() + " was lost: its node had been removed");
                }
                return null;
            });
            hooks.forEach(Runnable::run);
            return released;
        }
        return phase.get() == Phase.LOST
                ? CompletableFuture.failedFuture(lostException())
                : CompletableFuture.completedFuture(null);
    }

    @Override
    public void release() {
        boolean wait = session.state() == SessionState.ACTIVE && !Callbacks.isInside();
        CompletableFuture<Void> released = releaseOnEngine();
        if (!wait && !released.isDone()) {
            return;
        }
        try {
            Waits.get(core.timekeeper(), released, core.callDeadline());
        } catch (TimeoutException late) {
            LOG.debug("the release of {} goes on in the background", path());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt(); // the release goes on in the background
        }
    }

    @Override
    public void close() {
        try {
            release();
        } catch (GrantLostException lost) {
            LOG.warn("closing a lost grant: {}", lost.getMessage());
        }
    }

    private void watchOwnNode() {
        if (phase.get() != Phase.HELD) {
            return;
        }
        long revision = node.createdRevision().orElse(0);
        Watch watch = Calls.watch(session, WatchSpec.gone(node.path(), revision), new WatchListener() {
            @Override
            public void onChange(WatchSpec.Kind kind, NodePath path, long changed) {
                lose("its node was removed: it was evicted");
            }

            @Override
            public void onResync(long changed) {
                lookForOwnNode();
            }

            @Override
            public void onEnd(BackendException why) {
                LOG.debug("the watch of {} ended", node.path(), why);
            }
        });
        ownWatch = watch;
        if (phase.get() != Phase.HELD) {
            watch.cancel();
        }
    }

    private void lookForOwnNode() {
        var read = core.calls()
                .read(session, List.of(Query.get(node.path())), ReadLevel.OWN_WRITES, core.callDeadline())
                .thenAccept(views -> {
                    if (((View.OfNode) views.get(0)).node().isEmpty()) {
                        lose("its node was removed: it was evicted");
                    }
                });
        Calls.inBackground(read, "looking for an own node");
    }

    private void stopOwnWatch() {
        Cancellable timer = ownWatchTimer;
        if (timer != null) {
            timer.cancel();
        }
        Watch watch = ownWatch;
        if (watch != null) {
            watch.cancel();
        }
    }

    @Override
    public void write(String path, byte[] data) throws InterruptedException {
        core.plainNodes().upsert(parts -> commitHere("write", parts), path, data);
    }

    @Override
    public boolean delete(String path) throws InterruptedException {
        NodePath target = ConclaveCore.requireUserPath(path);
        return commitHere("delete", parts -> parts.write(io.conclave.spi.Write.delete(target)))
                instanceof CommitResult.Applied;
    }

    @Override
    public CommitResult commit(Consumer<Commit.Builder> parts) throws InterruptedException {
        return commitHere("commit", ConclaveCore.requireUserParts(parts));
    }

    private CommitResult commitHere(String verb, Consumer<Commit.Builder> parts) throws InterruptedException {
        Callbacks.refuseInside("FencedGrant." + verb);
        requireValid();
        requireToken();
        Guard guard = Guard.present(node.path(), node.createdRevision().orElseThrow());
        CommitResult result = core.plainNodes()
                .commitOn(
                        session,
                        builder -> {
                            builder.guard(guard);
                            parts.accept(builder);
                        },
                        this::lostWhileCommitting);
        if (result instanceof CommitResult.Refused refused) {
            if (refused.index() == 0) {
                lose("the store refused its guard");
                throw lostException();
            }
            return new CommitResult.Refused(refused.index() - 1, refused.then());
        }
        return result;
    }

    private RuntimeException lostWhileCommitting() {
        lose("its session is over");
        return lostException();
    }

    private final class LossListener {
        private final Runnable listener;
        private final AtomicBoolean claimed = new AtomicBoolean();
        private final CompletableFuture<Void> told = new CompletableFuture<>();

        LossListener(Runnable listener) {
            this.listener = listener;
        }

        CompletableFuture<Void> tell() {
            if (claimed.compareAndSet(false, true)) {
                Calls.forward(core.callbacks().run("an onLost listener of " + path(), this::callUnlessRemoved), told);
            }
            return told;
        }

        private void callUnlessRemoved() {
            if (listeners.contains(this)) {
                listener.run();
            }
        }
    }
}
