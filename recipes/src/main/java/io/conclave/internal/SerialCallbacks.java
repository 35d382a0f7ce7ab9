package io.conclave.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Callbacks of one listener or one family of listeners, in order, never two at a time. What waits is bounded: beyond the bound the newest is dropped and the
 * overflow action is told instead, once, after those that wait.
 */
public final class SerialCallbacks {
    private static final Logger LOG = LoggerFactory.getLogger(SerialCallbacks.class);
    private static final int WAITING_MAX = 1_000;

    private final Callbacks callbacks;
    private final String what;
    private final Runnable overflow;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private final AtomicBoolean overflowed = new AtomicBoolean();
    private boolean busy;

    SerialCallbacks(Callbacks callbacks, String what, Runnable overflow) {
        this.callbacks = callbacks;
        this.what = what;
        this.overflow = overflow;
    }

    /** Runs the callback after those before it. */
    public void execute(Runnable callback) {
        lock.lock();
        try {
            if (waiting.size() >= WAITING_MAX) {
                if (overflowed.compareAndSet(false, true)) {
                    LOG.warn("{} is too slow: more than {} calls wait, some are dropped", what, WAITING_MAX);
                    waiting.add(() -> {
                        overflowed.set(false);
                        overflow.run();
                    });
                }
                return;
            }
            waiting.add(callback);
            if (busy) {
                return;
            }
            busy = true;
        } finally {
            lock.unlock();
        }
        Calls.inBackground(callbacks.run(what, this::drain), what);
    }

    private void drain() {
        for (Runnable next = next(); next != null; next = next()) {
            try {
                next.run();
            } catch (Throwable thrown) { // one callback's failure must not stop the others
                LOG.warn("{} threw", what, thrown);
            }
        }
    }

    private @org.jspecify.annotations.Nullable Runnable next() {
        lock.lock();
        try {
            Runnable next = waiting.poll();
            busy = next != null;
            return next;
        } finally {
            lock.unlock();
        }
    }
}
