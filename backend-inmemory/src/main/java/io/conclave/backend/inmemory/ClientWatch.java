package io.conclave.backend.inmemory;

import io.conclave.spi.BackendException;
import io.conclave.spi.NodePath;
import io.conclave.spi.Watch;
import io.conclave.spi.WatchListener;
import io.conclave.spi.WatchSpec;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A watch, as its session and as the store see it.
 *
 * <p>The store's side ({@code offer…}) runs in the store's drain and hands out deliveries; the session's side runs them in order. What waits is
 * bounded (rule W8): when {@link #WAITING_MAX} events of this watch wait, one resync takes the place of all that follow until it is
 * delivered. The mark is taken away before the listener is called, so a change that comes during the call is told again.
 */
final class ClientWatch implements Watch, Watcher<StoreSession, Runnable> {
    static final int WAITING_MAX = 256;
    /** What {@link #offer} hands out for an event that a waiting resync stands for. */
    static final Runnable NOTHING = () -> {};

    private static final Logger LOG = LoggerFactory.getLogger(ClientWatch.class);

    final WatchSpec spec;
    final StoreSession session;
    /** For a session with a remote store, which alone touches these: under what number the store knows it; whether it does so on the present connection; up to which revision it has heard all where it does not. */
    int number;

    boolean live;
    long heardUpTo;
    private final Interest interest;
    private final WatchListener listener;
    private final CompletableFuture<Void> active = new CompletableFuture<>();
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean resyncWaits = new AtomicBoolean();
    private final AtomicLong latest = new AtomicLong();
    private volatile boolean over;

    ClientWatch(StoreSession session, WatchSpec spec, WatchListener listener) {
        this.session = session;
        this.spec = spec;
        this.interest = new Interest(spec, NodePath.root());
        this.listener = listener;
    }

    @Override
    public CompletionStage<Void> active() {
        return active;
    }

    @Override
    public void cancel() {
        over = true;
        session.forget(this);
    }

    boolean isActive() {
        return active.isDone();
    }

    @Override
    public boolean isOver() {
        return over;
    }

    void activate() {
        active.complete(null);
    }

    // ---- the store's side

    @Override
    public StoreSession session() {
        return session;
    }

    @Override
    public Interest interest() {
        return interest;
    }

    /** What to run on the session's drain to tell this change. */
    @Override
    public Runnable offer(Change change) {
        latest.set(change.revision());
        if (resyncWaits.get()) {
            return NOTHING;
        }
        if (waiting.get() >= WAITING_MAX) {
            return offerResync(change.revision());
        }
        waiting.incrementAndGet();
        return () -> {
            waiting.decrementAndGet();
            call(() -> listener.onChange(interest.told(change), change.path(), change.revision()));
        };
    }

    /** What to run on the session's drain to tell that changes up to this revision may have been missed. */
    @Override
    public Runnable offerResync(long revision) {
        latest.set(revision);
        if (!resyncWaits.compareAndSet(false, true)) {
            return NOTHING;
        }
        return () -> {
            resyncWaits.set(false);
            long upTo = latest.get();
            call(() -> listener.onResync(upTo));
        };
    }

    /** All that was offered has been told or was lost with its connection. */
    void nothingWaits() {
        waiting.set(0);
        resyncWaits.set(false);
    }

    // ---- the session's side

    /** The last call to the listener, unless it was cancelled. */
    void end(BackendException why) {
        call(() -> listener.onEnd(why));
        over = true;
        active.completeExceptionally(why);
    }

    private void call(Runnable callback) {
        if (over) {
            return;
        }
        try {
            callback.run();
        } catch (Throwable failure) { // also an Error: it must not keep others from their events
            LOG.warn("the listener of the watch of {} failed", spec.target(), failure);
        }
    }
}
