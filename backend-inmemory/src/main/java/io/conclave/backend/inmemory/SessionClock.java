package io.conclave.backend.inmemory;

import io.conclave.spi.Cancellable;
import io.conclave.spi.SerialDrain;
import io.conclave.spi.SessionListener;
import io.conclave.spi.SessionState;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a client believes about its session, and when it does something about it. Owned by the session's drain; the two answers from
 * memory are volatile.
 *
 * <p>Belief reaches one time-out, less a sixteenth for clocks that drift apart, beyond the send of the latest request that was answered
 * (rule T1): the store counts from when it heard it, which was later. A beat goes out every third of the time-out. After two thirds without
 * an answer the connection is given up; at the end of belief the session is DOUBTFUL; two time-outs after the latest answered send it
 * is LOST, whatever the store knows (rule S5).
 */
final class SessionClock {
    private static final Logger LOG = LoggerFactory.getLogger(SessionClock.class);

    private final StoreSession session;
    private final SessionListener listener;
    private final Timekeeper clock;
    private final SerialDrain drain;
    private final long ttlNanos;
    private long renewedNanos;
    private long nextBeatNanos;
    private @Nullable Cancellable timer;
    private volatile SessionState state = SessionState.ACTIVE;
    private volatile long validUntilNanos;

    SessionClock(StoreSession session, SessionListener listener, Timekeeper clock, SerialDrain drain) {
        this.session = session;
        this.listener = listener;
        this.clock = clock;
        this.drain = drain;
        this.ttlNanos = session.ttl().toNanos();
    }

    SessionState state() {
        return state;
    }

    long validUntilNanos() {
        return validUntilNanos;
    }

    /** The session was asked for at that moment, and it was granted. */
    void start(long askedNanos) {
        renewedNanos = askedNanos;
        validUntilNanos = validFrom(askedNanos);
        nextBeatNanos = askedNanos + ttlNanos / 3;
        arm();
    }

    private long validFrom(long sentNanos) {
        return sentNanos + ttlNanos - ttlNanos / 16;
    }

    /** A request sent at that moment was answered. */
    void renewed(long sentNanos) {
        if (sentNanos - renewedNanos > 0) {
            renewedNanos = sentNanos;
            validUntilNanos = validFrom(sentNanos);
        }
    }

    /** The store has answered on the present connection. */
    void active() {
        if (!state.isFinal()) {
            become(SessionState.ACTIVE);
        }
    }

    void suspended() {
        if (state == SessionState.ACTIVE) {
            become(SessionState.SUSPENDED);
            arm();
        }
    }

    /** False if it was over before. */
    boolean lost() {
        return finish(SessionState.LOST);
    }

    void closed() {
        finish(SessionState.CLOSED);
    }

    private boolean finish(SessionState end) {
        if (state.isFinal()) {
            return false;
        }
        if (timer != null) {
            timer.cancel();
        }
        become(end);
        return true;
    }

    private void become(SessionState next) {
        if (state == next) {
            return;
        }
        state = next;
        try {
            listener.onState(session, next);
        } catch (Throwable failure) { // also an Error: what follows the change of state must be done
            LOG.warn("the listener of session {} failed", session.id(), failure);
        }
    }

    private void arm() {
        if (timer != null) {
            timer.cancel();
        }
        long next = nextBeatNanos;
        if (state == SessionState.SUSPENDED) {
            next = earlier(next, validUntilNanos);
        }
        if (state != SessionState.ACTIVE) {
            next = earlier(next, renewedNanos + 2 * ttlNanos);
        }
        timer = clock.schedule(
                () -> drain.executeLater(this::tick), Duration.ofNanos(Math.max(0, next - clock.nanoTime())));
    }

    private static long earlier(long a, long b) {
        return a - b < 0 ? a : b;
    }

    private void tick() {
        if (state.isFinal()) {
            return;
        }
        long now = clock.nanoTime();
        if (state == SessionState.ACTIVE && now - renewedNanos >= ttlNanos / 3 * 2) {
            session.dropConnection("the store has not answered for two thirds of the session's time-out");
        }
        if (state == SessionState.SUSPENDED && now - validUntilNanos >= 0) {
            become(SessionState.DOUBTFUL);
        }
        if (now - renewedNanos >= 2 * ttlNanos) {
            session.lose("no contact with the store for two session time-outs");
            return;
        }
        if (now - nextBeatNanos >= 0) {
            nextBeatNanos = now + ttlNanos / 3;
            session.beat();
        }
        arm();
    }
}
