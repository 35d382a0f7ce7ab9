package io.conclave.backend.inmemory;

import io.conclave.spi.Cancellable;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * When the store ends a session that it does not hear. Touched only by the store's drain, or under its lock.
 *
 * <p>One timer runs per session; hearing from the client moves the deadline, not the timer. If the timer itself comes far too late, the
 * whole process has been standing still and the client could not speak: it gets half of its time again. Ending late is always safe.
 */
final class SessionDeadline {
    private final Timekeeper clock;
    private final Executor drain;
    private final Duration ttl;
    private final Runnable onPassed;
    private long deadlineNanos;
    private long timerNanos;
    private @Nullable Cancellable timer;
    private boolean over;

    /**
     * Not running before the first {@link #touch}.
     *
     * @param drain owns this object: timers go on there
     * @param onPassed what ends the session
     */
    SessionDeadline(Timekeeper clock, Executor drain, Duration ttl, Runnable onPassed) {
        this.clock = clock;
        this.drain = drain;
        this.ttl = ttl;
        this.onPassed = onPassed;
    }

    /** The client was heard: it has its whole time-out from now on. */
    void touch() {
        deadlineNanos = clock.deadlineAfter(ttl);
        if (timer == null && !over) {
            startTimer();
        }
    }

    private void startTimer() {
        timerNanos = deadlineNanos;
        timer = clock.schedule(() -> drain.execute(this::timerFired), clock.until(deadlineNanos));
    }

    private void timerFired() {
        if (over) {
            return;
        }
        long now = clock.nanoTime();
        if (now - timerNanos > ttl.toNanos() / 4 && now - deadlineNanos >= 0) {
            deadlineNanos = now + ttl.toNanos() / 2;
        }
        if (now - deadlineNanos < 0) {
            startTimer();
        } else {
            over = true;
            onPassed.run();
        }
    }

    /** True once it has passed, or was stopped: from then on the client is not heard any more. */
    boolean isOver() {
        return over;
    }

    void stop() {
        over = true;
        if (timer != null) {
            timer.cancel();
        }
    }
}
