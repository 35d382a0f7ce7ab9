package io.conclave.tck;

import io.conclave.spi.Backend;
import io.conclave.spi.NodePath;
import io.conclave.spi.Session;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * What the kit needs to know of one backend: how to connect to a namespace, how time passes, and which faults can be made on purpose.
 *
 * <p>One object serves one run of the kit. Each check takes namespaces of its own, so the store behind it may live as long as
 * this object. Everything with a default is optional: a fault that answers {@code false} could not be made, and the checks that
 * need it are skipped with that reason. A fault that answers {@code true} has been made when the call returns.
 *
 * <p>The kit calls from one thread at a time, or from {@link #parallelism()} of them. Methods may block, for less than {@link #patience()}.
 */
public interface BackendUnderTest extends AutoCloseable {

    /**
     * Connects one more client to the namespace, which is empty when its first client comes.
     *
     * @param namespace 1 to 30 of {@code a-z 0-9 -}. One namespace's name may be the beginning of another's.
     */
    CompletionStage<Backend> connect(String namespace);

    /** The time of the backends that {@link #connect} makes. */
    Timekeeper timekeeper();

    /** The session time-out to ask for: short where time is real, but so that a tenth of it is more than the machine's hiccups. */
    Duration sessionTtl();

    /** True if time stands still unless {@link #advance} is called. */
    default boolean virtualTime() {
        return false;
    }

    /**
     * Lets time pass. With virtual time everything that falls due on the way, and what follows from it, has run at its own moment when this
     * returns; with a duration of zero, what is due now. The default waits for a timer of the timekeeper.
     */
    default void advance(Duration time) throws InterruptedException {
        CompletableFuture<Void> passed = new CompletableFuture<>();
        timekeeper().schedule(() -> passed.complete(null), time);
        timekeeper().await(passed);
    }

    /** How long, in real time, the kit waits for one answer before it says that it hangs. */
    default Duration patience() {
        return Duration.ofSeconds(20);
    }

    /**
     * How many checks may run side by side, each in namespaces of its own: where time is real most of a run is waiting. Checks that stop the store run alone.
     */
    default int parallelism() {
        return 1;
    }

    /** Ends the session at the store, as an expiry does; its client is not told otherwise than by the store. */
    default boolean expire(Session session) {
        return false;
    }

    /** Cuts the client off from the store: nothing passes in either direction, nothing is told. */
    default boolean cut(Backend client) {
        return false;
    }

    /** Ends a {@link #cut}. */
    default boolean heal(Backend client) {
        return false;
    }

    /** The client's next commit reaches the store and is judged there; the answer is lost. */
    default boolean dropReplyOfNextCommit(Backend client) {
        return false;
    }

    /** The client's next commit is lost on the way to the store. */
    default boolean dropRequestOfNextCommit(Backend client) {
        return false;
    }

    /**
     * The next request by which the client settles a commit in doubt, before it tells of a refusal, a failure or a withdrawal, reaches the store; the answer is lost. The default is for clients that
     * do nothing but send the commit again.
     */
    default boolean dropReplyOfNextSettling(Backend client) {
        return dropReplyOfNextCommit(client);
    }

    /** The client's next commit is held up on the way to the store, until {@link #releaseHeldCommit}; what comes later overtakes it. */
    default boolean holdNextCommit(Backend client) {
        return false;
    }

    /** Lets the held-up commit of {@link #holdNextCommit} go on to the store. */
    default boolean releaseHeldCommit(Backend client) {
        return false;
    }

    /** From now on every answer of the store reaches the client at least this long after its request was sent; zero ends it. */
    default boolean slowDown(Backend client, Duration roundTrip) {
        return false;
    }

    /** Stops the store and starts it again with what it has kept. Sessions may survive or not. */
    default boolean restart() {
        return false;
    }

    /**
     * Throws the contents of the store away and starts it again, connected clients left to their fate. Only for stores that can keep
     * the second half of rule F3 by themselves.
     */
    default boolean startFromNothing() {
        return false;
    }

    /** Makes the next sequential node of the directory, which exists, carry this number (rule O5). Only for stores that number in 32 bits. */
    default boolean setNextSequence(String namespace, NodePath directory, int next) {
        return false;
    }

    /** Stops everything that this object has started. */
    @Override
    void close();
}
