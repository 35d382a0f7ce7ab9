package io.conclave.backend.etcd;

import io.conclave.spi.Cancellable;
import io.conclave.spi.SessionState;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * Whether the session is in contact, until when it may be believed to live, and the beats that keep its lease alive. On the session's drain; state and
 * belief may be read by anyone.
 *
 * <p>A beat is a renewal of the lease and then a linearizable read of the key that lives with it: old servers acknowledge the renewal of a
 * lease that was revoked. Belief counts from the send of the renewal (rule T1), less a margin for clocks that run differently. Without an acknowledged beat for half a time-out, or
 * after more failures in a row than there are servers, the state goes to SUSPENDED, to DOUBTFUL when belief has run out, and to LOST two
 * time-outs after the last sign of life.
 */
final class Liveness {
    private static final int MARGIN = 32;
    private static final long BEAT_LEAST = Duration.ofMillis(500).toNanos();
    private static final long PAUSE_LEAST = Duration.ofMillis(50).toNanos();

    /** What became of a beat. */
    enum Beat {
        ACKNOWLEDGED,
        FAILED,
        /** The lease or its key is not there. */
        GONE
    }

    /** Hears the result of a beat, once. */
    interface Result {
        void on(Beat beat);
    }

    /** Hears what this finds. */
    interface Owner {
        void onState(SessionState state);

        /** A beat was acknowledged; {@code again} after one or more that were not. */
        void onContact(boolean again);

        void onGone();

        /** Two time-outs have passed in silence. */
        void onSilence();

        /** Sends the two requests of a beat, with that time for each. */
        void sendBeat(Duration each, Result result);

        int servers();
    }

    private final Owner owner;
    private final Timekeeper timekeeper;
    private final Executor drain;
    private final long ttl;
    private volatile SessionState state = SessionState.ACTIVE;
    private volatile long validUntil;
    private boolean keepFresh;
    private boolean beating;
    private long serial;
    private int failures;
    private long acknowledgedSend;
    private long lastContact;
    private long nextBeat;
    private Cancellable timer = () -> {};

    Liveness(Owner owner, Timekeeper timekeeper, Executor drain, long ttlNanos, long grantedSend) {
        this.owner = owner;
        this.timekeeper = timekeeper;
        this.drain = drain;
        this.ttl = ttlNanos;
        this.acknowledgedSend = grantedSend;
        this.validUntil = grantedSend + ttlNanos - ttlNanos / MARGIN;
        this.lastContact = timekeeper.nanoTime();
        this.nextBeat = grantedSend + interval();
    }

    SessionState state() {
        return state;
    }

    /** Never decreases; may be read by any thread. */
    long validUntil() {
        return validUntil;
    }

    void keepFresh(boolean wanted) {
        keepFresh = wanted;
        nextBeat = Math.min(nextBeat - acknowledgedSend, interval()) + acknowledgedSend;
        evaluate();
    }

    private long interval() {
        return keepFresh ? ttl / 6 : ttl / 3;
    }

    void start() {
        evaluate();
    }

    /** There is another way to the servers: try it at once. */
    void moved() {
        if (!state.isFinal()) {
            serial++;
            beating = false;
            nextBeat = timekeeper.nanoTime();
            evaluate();
        }
    }

    /** Ends in this state, by way of the ones before it. */
    void end(SessionState last) {
        timer.cancel();
        if (last == SessionState.LOST) {
            become(SessionState.SUSPENDED);
            become(SessionState.DOUBTFUL);
        }
        become(last);
    }

    private void become(SessionState next) {
        boolean forward = next.compareTo(state) > 0 || next == SessionState.ACTIVE;
        if (!state.isFinal() && next != state && forward) {
            state = next;
            owner.onState(next);
        }
    }

    private void beat(long now) {
        beating = true;
        long mine = ++serial;
        owner.sendBeat(Duration.ofNanos(Math.max(ttl / 6, BEAT_LEAST)), result -> {
            if (serial == mine && !state.isFinal()) {
                beating = false;
                replied(result, now);
            }
        });
    }

    private void replied(Beat result, long sent) {
        if (result == Beat.GONE) {
            owner.onGone();
            return;
        }
        long now = timekeeper.nanoTime();
        if (result == Beat.FAILED) {
            failures++;
            nextBeat = now + Math.min(ttl / 6, PAUSE_LEAST * Math.min(failures, 10));
            evaluate();
            return;
        }
        boolean again = failures > 0 || state != SessionState.ACTIVE;
        failures = 0;
        lastContact = now;
        acknowledgedSend = sent;
        nextBeat = sent + interval();
        long proven = sent + ttl - ttl / MARGIN;
        if (proven - validUntil > 0) {
            validUntil = proven;
        }
        evaluate();
        if (!state.isFinal()) {
            owner.onContact(again);
        }
    }

    private void evaluate() {
        if (state.isFinal()) {
            return;
        }
        long now = timekeeper.nanoTime();
        if (!beating && now - nextBeat >= 0) {
            beat(now);
        }
        if (state.isFinal()) {
            return; // the beat has found the end
        }
        if (now - acknowledgedSend < ttl / 2 && failures <= owner.servers()) {
            become(SessionState.ACTIVE);
        } else {
            become(SessionState.SUSPENDED);
            if (now - validUntil >= 0) {
                become(SessionState.DOUBTFUL);
            }
            if (now - lastContact >= 2 * ttl) {
                owner.onSilence();
                return;
            }
        }
        scheduleNext(now);
    }

    private void scheduleNext(long now) {
        timer.cancel();
        long wait = beating ? Long.MAX_VALUE : nextBeat - now;
        if (state == SessionState.ACTIVE) {
            wait = Math.min(wait, acknowledgedSend + ttl / 2 - now);
        } else {
            wait = Math.min(wait, lastContact + 2 * ttl - now);
            if (state == SessionState.SUSPENDED) {
                wait = Math.min(wait, validUntil - now);
            }
        }
        timer = timekeeper.schedule(() -> drain.execute(this::evaluate), Duration.ofNanos(Math.max(1, wait)));
    }
}
