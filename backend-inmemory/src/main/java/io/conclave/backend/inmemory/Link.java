package io.conclave.backend.inmemory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The way between one session's client and the store. Touched only by the store's drain, but for {@link #isUp()}.
 *
 * <p>Both directions keep their order. A message belongs to the connection ({@code epoch}) on which it was sent and is lost with it.
 */
final class Link {
    private final StoreServer server;
    private final EmbeddedSession session;
    private final Deque<Runnable> held = new ArrayDeque<>();
    private final Deque<Runnable> heldUp = new ArrayDeque<>();
    private boolean holding;
    private boolean silent;
    private boolean attached = true;
    private int epoch;
    private Duration delay = Duration.ZERO;
    private int delayed;
    private volatile boolean up = true;

    Link(StoreServer server, EmbeddedSession session) {
        this.server = server;
        this.session = session;
    }

    /** False from the moment in which the connection was cut until it was made again. */
    boolean isUp() {
        return up;
    }

    /** For the caller's thread: from now on nothing is sent. {@link #cut()} follows. */
    void markDown() {
        up = false;
    }

    /** Whether a request that was sent on that connection arrives. */
    boolean accepts(int sentIn) {
        return up && !silent && sentIn == epoch;
    }

    /** Whether events are sent: not from the loss of a connection until the client has named its watches on the next. */
    boolean isAttached() {
        return attached;
    }

    void attach() {
        attached = true;
    }

    /** Sends to the client, after all that was sent before. */
    void deliver(Runnable message) {
        if (!up || silent) {
            return;
        }
        if (holding || delayed > 0 || !delay.isZero()) {
            held.addLast(message);
            if (!holding) {
                delayNext();
            }
            return;
        }
        session.receive(message);
    }

    /** Sends an answer; marks the request if nothing holds the answer up. */
    void answer(Request<?> request, Runnable message) {
        request.answered = up && !silent && !holding && delayed == 0 && delay.isZero();
        deliver(message);
    }

    private void delayNext() {
        delayed++;
        server.later(this::arriveDelayed, delay);
    }

    private void arriveDelayed() {
        delayed--;
        if (!holding && !held.isEmpty()) {
            session.receive(held.removeFirst());
        }
    }

    void delay(Duration newDelay) {
        delay = newDelay;
    }

    void hold() {
        holding = true;
    }

    void release() {
        holding = false;
        while (!held.isEmpty()) {
            session.receive(held.removeFirst());
        }
    }

    /** Keeps a request back on its way to the store. */
    void holdUp(Runnable request) {
        heldUp.addLast(request);
    }

    void releaseHeldUp() {
        while (!heldUp.isEmpty()) {
            heldUp.removeFirst().run();
        }
    }

    /** Breaks the connection; the client notices at once. */
    void cut() {
        up = false;
        attached = false;
        held.clear();
        heldUp.clear();
        int broken = epoch;
        session.receive(() -> session.disconnected(broken));
    }

    /** Lets nothing through from now on; nobody is told. */
    void silence() {
        silent = true;
        attached = false;
        held.clear();
    }

    /** A new connection, if the old one was cut or silent. */
    void heal() {
        if (!up || silent) {
            silent = false;
            connect();
        }
    }

    /** The client tries a new connection. */
    void reconnect() {
        if (up && !silent) {
            connect();
        }
    }

    private void connect() {
        up = true;
        attached = false;
        epoch++;
        int made = epoch;
        deliver(() -> session.connected(made));
    }
}
