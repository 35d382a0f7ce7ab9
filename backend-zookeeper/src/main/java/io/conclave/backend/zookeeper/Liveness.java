package io.conclave.backend.zookeeper;

import io.conclave.spi.Cancellable;
import io.conclave.spi.SessionState;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * Whether the session is in contact, and the beats that keep its belief fresh. Lives on the session's drain; state may be read by anyone.
 *
 * <p>Contact means: the client is connected, and no beat has waited longer than a third of the time-out for its answer (a follower
 * without its leader keeps connections alive). Without contact the state goes to SUSPENDED, to DOUBTFUL once belief has run out, and to
 * LOST two time-outs after the last sign of life. Contact after a cut is believed only when a beat was acknowledged.
 */
final class Liveness {
    /** Hears what this finds. */
    interface Owner {
        void onState(SessionState state);

        /** Two time-outs have passed in silence. */
        void onSilence();

        void sendBeat(Runnable replied);
    }

    private final Owner owner;
    private final Timekeeper timekeeper;
    private final Executor drain;
    private final SessionClock clock;
    private final long ttl;

    private volatile SessionState state = SessionState.ACTIVE;
    private boolean connected = true;
    private boolean proven = true;
    private boolean keepFresh;
    private boolean beatUnderWay;
    private long beatSent;
    private long lastWrite;
    private long lastContact;
    private Cancellable timer = () -> {};

    Liveness(Owner owner, Timekeeper timekeeper, Executor drain, SessionClock clock, long ttlNanos) {
        this.owner = owner;
        this.timekeeper = timekeeper;
        this.drain = drain;
        this.clock = clock;
        this.ttl = ttlNanos;
        this.lastContact = timekeeper.nanoTime();
        this.lastWrite = lastContact;
    }

    SessionState state() {
        return state;
    }

    boolean isConnected() {
        return connected;
    }

    void keepFresh(boolean wanted) {
        keepFresh = wanted;
        evaluate();
    }

    void wrote(long sentNanos) {
        lastWrite = sentNanos;
    }

    void replied(boolean provesQuorum) {
        lastContact = timekeeper.nanoTime();
        if (provesQuorum && connected && !proven) {
            proven = true;
            evaluate();
        }
    }

    void disconnected() {
        if (connected) {
            connected = false;
            proven = false;
            long silentAtMost = timekeeper.nanoTime() - ttl / 3 * 2;
            lastContact = lastContact - silentAtMost > 0 ? lastContact : silentAtMost;
            evaluate();
        }
    }

    /** Connected again. */
    void connected() {
        if (!connected) {
            connected = true;
            lastContact = timekeeper.nanoTime();
            beatUnderWay = false;
            beat();
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

    private void beat() {
        beatUnderWay = true;
        beatSent = timekeeper.nanoTime();
        long mine = beatSent;
        owner.sendBeat(() -> {
            if (beatSent == mine) {
                beatUnderWay = false;
                evaluate(); // the next beat is due a sixth of the time-out after this one
            }
        });
    }

    /** Belief is wanted, or contact is still to be proven: also an idle session asks until it is answered in time. */
    private boolean needsBeats() {
        return keepFresh || !proven;
    }

    private void evaluate() {
        if (state.isFinal()) {
            return;
        }
        long now = timekeeper.nanoTime();
        if (needsBeats() && connected && !beatUnderWay && now - lastWrite >= ttl / 6) {
            beat();
        }
        if (beatUnderWay && connected && now - beatSent >= ttl / 3) {
            proven = false;
        }
        if (connected && proven) {
            become(SessionState.ACTIVE);
        } else {
            become(SessionState.SUSPENDED);
            if (now - clock.validUntil() >= 0) {
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
        long wait = Long.MAX_VALUE;
        if (!(connected && proven)) {
            wait = Math.min(wait, lastContact + 2 * ttl - now);
            if (state == SessionState.SUSPENDED) {
                wait = Math.min(wait, clock.validUntil() - now);
            }
        }
        if (beatUnderWay && connected && proven) {
            wait = Math.min(wait, beatSent + ttl / 3 - now);
        } else if (needsBeats() && connected && !beatUnderWay) {
            wait = Math.min(wait, lastWrite + ttl / 6 - now);
        }
        if (wait != Long.MAX_VALUE) {
            timer = timekeeper.schedule(() -> drain.execute(this::evaluate), Duration.ofNanos(Math.max(1, wait)));
        }
    }
}
