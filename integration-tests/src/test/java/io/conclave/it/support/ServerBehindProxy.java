package io.conclave.it.support;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/** One server with a proxy of one client before it, which makes the faults; and somebody else at the server itself, who sees what is stored and changes it. */
public interface ServerBehindProxy extends AutoCloseable {
    /** What happens to bytes while nobody is told. */
    enum Hole {
        /** They wait, and arrive at the end. */
        STALL,
        /** They are lost; at the end the connections are reset. */
        SWALLOW,
        /** Those of the server are lost; at the end the connections are reset. */
        SWALLOW_ANSWERS
    }

    /** A node: its data, and how often it was changed. */
    record Stored(String data, long version) {}

    /** The URL of the whole store through the proxy. */
    default String url(Duration sessionTimeout) {
        return url("", sessionTimeout);
    }

    /** The URL of a namespace ({@code /app}, or empty) through the proxy. */
    String url(String namespace, Duration sessionTimeout);

    /** Resets the client's connections; new ones pass. */
    void cutConnections();

    /** Nothing passes any more. */
    void fall(Hole hole) throws Exception;

    /** The end of this hole. */
    void climbOut(Hole hole) throws Exception;

    /**
     * The next reply to a commit is lost, and the connection is reset, then or at {@link #accept}.
     *
     * @param node recognizes a path that the commit touches
     * @param thenRefuse lets nothing pass from then on, until {@link #accept}
     * @return completes when the commit was applied and its reply is lost
     */
    CompletableFuture<?> loseNextReply(Predicate<String> node, boolean thenRefuse);

    /** Lets the client through again, on a new connection. */
    void accept() throws Exception;

    /** Ends a session at the server, as an expiry does. */
    void endSession(String sessionId) throws Exception;

    /** When the server last answered the client on a new connection, by {@link System#nanoTime}; 0 if never. */
    long lastAnsweredAnewNanos();

    /** The names of the children of a node, as the server has them. */
    List<String> children(String path) throws Exception;

    /** Those of them that contend for a lock. */
    List<String> contenders(String lock) throws Exception;

    /** A node, as the server has it. */
    Optional<Stored> stored(String path) throws Exception;

    /** Somebody else makes a node. */
    void create(String path, String data) throws Exception;

    /** Somebody else changes a node. */
    void put(String path, String data) throws Exception;

    /** Somebody else deletes a node. */
    void delete(String path) throws Exception;

    /** Somebody else queues for a lock. */
    void contend(String lock) throws Exception;

    @Override
    void close();
}
