package io.conclave.it.recipes;

import io.conclave.Conclave;
import io.conclave.spi.Node;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/**
 * An empty namespace of one store for one test, the clients that the test connects to it, each as a process of its own would be, and what may happen to them. On the embedded store time is
 * virtual and moves only in {@link #await}, {@link #get} and {@link #pass}; on servers it is the machine's.
 */
public interface World extends AutoCloseable {
    /** The session time-out of every client. */
    Duration SESSION = Duration.ofSeconds(4);

    /** How long a test waits for what has to happen: more than two sessions, and much more on a busy machine. */
    Duration PATIENCE = Duration.ofSeconds(40);

    /** A new client. It is closed with the world. */
    Conclave client();

    /** The store ends the client's session, as an expiry does. Returns when the client has its next one. */
    void expire(Conclave client) throws Exception;

    /** The client's connection breaks, and nothing comes through until {@link #heal}. */
    void cut(Conclave client) throws Exception;

    /** Ends {@link #cut}. */
    void heal(Conclave client) throws Exception;

    /**
     * The reply to the client's next commit that touches such a path is lost after it was applied, with the connection; a new one passes, at once or after {@link #heal}.
     *
     * @param path recognizes a path inside the namespace, that of a directory for a sequential create
     * @param thenCut whether nothing comes through from then on, until {@link #heal}
     * @return completes when the commit was applied and its reply is lost
     */
    CompletableFuture<?> loseNextReply(Conclave client, Predicate<String> path, boolean thenCut);

    /**
     * Waits until the condition holds; exceptions count as not yet.
     *
     * @param what completes the sentence "waited … until …" of the failure after {@link #PATIENCE}
     */
    void await(String what, Callable<Boolean> condition) throws Exception;

    /** Waits for a result; an exception of the stage is thrown as itself. */
    <T> T get(CompletionStage<T> stage) throws Exception;

    /** Runs a blocking call on a thread of its own, which is interrupted when the world is closed. */
    <T> CompletableFuture<T> background(Callable<T> call);

    /** Interrupts the thread of such a call. */
    void interrupt(CompletableFuture<?> call);

    /** Lets time pass: for what must not happen, and for sessions that run out. */
    void pass(Duration time) throws Exception;

    /** Everything in the namespace, as an onlooker that needs no client of the test sees it. */
    List<Node> nodes() throws Exception;

    @Override
    void close();
}
