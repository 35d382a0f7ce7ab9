package io.conclave.internal;

import io.conclave.Registration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells one user's listener the changes of a {@link TreeMirror}, in order. What waits is bounded: when {@value #WAITING_MAX} changes wait, further ones are dropped, and after those that wait the
 * listener is told that it has missed some.
 */
public final class ChangeCallbacks implements Registration {
    /** The most changes that wait for one listener, but for the last batch, which may be more. */
    public static final int WAITING_MAX = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(ChangeCallbacks.class);

    private final SerialCallbacks calls;
    private final Consumer<NodeChange> each;
    private final Runnable missed;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicBoolean gap = new AtomicBoolean();
    private volatile boolean closed;

    /** Tells {@code each} of each change, and {@code missed} in place of those that were dropped. */
    public ChangeCallbacks(RecipeContext context, String what, Consumer<NodeChange> each, Runnable missed) {
        this.each = each;
        this.missed = missed;
        this.calls = context.serialCallbacks(what, () -> unlessClosed(missed));
    }

    /** Tells the changes. On the mirror's drain. */
    public void tell(List<NodeChange> changes) {
        if (closed || changes.isEmpty()) {
            return;
        }
        if (waiting.get() >= WAITING_MAX) {
            if (gap.compareAndSet(false, true)) {
                calls.execute(() -> {
                    gap.set(false); // what is dropped from now on needs another call
                    unlessClosed(missed);
                });
            }
            return;
        }
        waiting.addAndGet(changes.size());
        calls.execute(() -> {
            waiting.addAndGet(-changes.size());
            for (NodeChange change : changes) {
                tellOne(change);
            }
        });
    }

    private void tellOne(NodeChange change) {
        try {
            unlessClosed(() -> each.accept(change));
        } catch (RuntimeException | Error thrown) { // one change's failure must not cost the others
            LOG.warn("a listener of changes threw", thrown);
        }
    }

    /** Tells something else, in order with the changes. */
    public void tell(Runnable what) {
        if (!closed) {
            calls.execute(() -> unlessClosed(what));
        }
    }

    private void unlessClosed(Runnable call) {
        if (!closed) {
            call.run();
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
