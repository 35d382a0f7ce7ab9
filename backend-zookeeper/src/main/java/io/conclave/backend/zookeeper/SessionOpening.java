package io.conclave.backend.zookeeper;

import io.conclave.spi.AccessDeniedException;
import io.conclave.spi.BackendException;
import io.conclave.spi.Cancellable;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.Session;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionSpec;
import io.conclave.spi.UnavailableException;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens one session: connects, and makes the session's first slot, which shows that a quorum takes writes, that the namespace is there and that
 * this client may write in it. Then it hands the client's events to the session.
 */
final class SessionOpening {
    private static final Logger LOG = LoggerFactory.getLogger(SessionOpening.class);
    private static final int EVENTS_MAX = 10_000;

    final ClientSettings settings;
    final SessionSpec spec;
    final SessionListener listener;
    final SerialDrain drain;
    final long nonce;
    long startedNanos;

    private final Consumer<ZooKeeperSession> onEnd;
    private final CompletableFuture<Session> promise = new CompletableFuture<>();
    private @Nullable Handle handle;
    private @Nullable ZooKeeperSession session;
    private Cancellable timer = () -> {};
    private boolean opened;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean dropped = new AtomicBoolean();

    SessionOpening(
            ClientSettings settings,
            SessionSpec spec,
            SessionListener listener,
            long nonce,
            Consumer<ZooKeeperSession> onEnd) {
        this.settings = settings;
        this.spec = spec;
        this.listener = listener;
        this.nonce = nonce;
        this.onEnd = onEnd;
        this.drain = new SerialDrain(settings.timekeeper().executor());
    }

    /** Connects to the servers that are named then. */
    CompletionStage<Session> start(int ttlMillis, Supplier<String> serversNow, long deadlineNanos) {
        drain.execute(() -> {
            if (promise.isDone()) {
                return;
            }
            startedNanos = settings.timekeeper().nanoTime();
            String servers = serversNow.get();
            try {
                Handle made = new Handle(servers, ttlMillis, this::onEvent, settings.clientConfig());
                handle = made;
                settings.authenticate(made);
            } catch (IOException | RuntimeException failure) {
                fail(new UnavailableException("the ZooKeeper client could not be started", failure));
                return;
            }
            timer = settings.timekeeper()
                    .schedule(
                            () -> drain.execute(() -> fail(new UnavailableException("no session with " + servers
                                    + " by the deadline; is a quorum of servers running?"))),
                            settings.timekeeper().until(deadlineNanos));
        });
        return promise.minimalCompletionStage();
    }

    /** The client, once the start is through; empty if none was made, or none yet. */
    CompletionStage<Optional<Handle>> started() {
        CompletableFuture<Optional<Handle>> started = new CompletableFuture<>();
        drain.execute(() -> started.complete(Optional.ofNullable(handle)));
        return started;
    }

    /** Only while starting or running. */
    Handle handle() {
        Handle made = handle;
        if (made == null) {
            throw new IllegalStateException("the client was not started");
        }
        return made;
    }

    /** From the client's own thread. Of too many node events that wait for a slow listener the rest becomes one resync. */
    void onEvent(WatchedEvent event) {
        EventThread.run(() -> hop(event));
    }

    private void hop(WatchedEvent event) {
        if (event.getType() == EventType.None) {
            drain.execute(() -> dispatch(event));
        } else if (waiting.incrementAndGet() <= EVENTS_MAX) {
            drain.execute(() -> {
                waiting.decrementAndGet();
                dispatch(event);
            });
        } else {
            waiting.decrementAndGet();
            if (dropped.compareAndSet(false, true)) {
                drain.execute(this::resync);
            }
        }
    }

    private void resync() {
        dropped.set(false);
        ZooKeeperSession running = session;
        if (running != null) {
            running.resyncWatches();
        }
    }

    private void dispatch(WatchedEvent event) {
        ZooKeeperSession running = session;
        if (event.getType() != EventType.None) {
            if (running != null) {
                running.onNodeEvent(event);
            }
        } else if (event.getState() == KeeperState.SyncConnected) {
            if (!promise.isDone()) {
                openSlot();
            } else if (running != null && opened) {
                running.reconnected();
            }
        } else if (event.getState() == KeeperState.AuthFailed && !opened) {
            fail(new AccessDeniedException("the server refuses the credentials"));
        } else if (running != null) {
            running.onEvent(event);
        } else if (event.getState() == KeeperState.Expired) {
            fail(new UnavailableException("the session ended while it was being opened"));
        }
    }

    private void openSlot() {
        ZooKeeperSession opening = session;
        if (opening == null) {
            opening = new ZooKeeperSession(this, () -> {
                fail(new UnavailableException("the session ended while it was being opened"));
                ZooKeeperSession ended = session;
                if (ended != null) {
                    onEnd.accept(ended);
                }
            });
            session = opening;
        } else {
            opening.reconnected();
        }
        ZooKeeperSession made = opening;
        made.commits().slots().open((code, name) -> slotReplied(made, code));
    }

    private void slotReplied(ZooKeeperSession made, Code code) {
        if (promise.isDone() || Errors.isLost(code)) {
            return; // the next connection tries again
        }
        if (code == Code.OK) {
            timer.cancel();
            opened = true;
            made.opened();
            promise.complete(made);
        } else if (code == Code.NONODE) {
            made.commits().directories().ensure(settings.layout().slots(), false, ensured -> {
                if (ensured == Code.OK) {
                    made.commits().slots().open((again, name) -> slotReplied(made, again));
                } else {
                    slotReplied(made, ensured == Code.NONODE ? Code.CONNECTIONLOSS : ensured);
                }
            });
        } else {
            fail(Errors.definite(code, "making the directories of the namespace"));
        }
    }

    private void fail(BackendException failure) {
        if (promise.isDone()) {
            return;
        }
        timer.cancel();
        promise.completeExceptionally(failure);
        Handle made = handle;
        if (made != null && (session == null || session.giveUp())) {
            LOG.debug("a session was not opened: {}", failure.getMessage());
            Closing.inBackground(made, "unopened", confirmed -> {});
        }
    }

    /** Gives up if it has not opened yet. */
    void cancel(BackendException failure) {
        drain.execute(() -> fail(failure));
    }
}
