package io.conclave;

import io.conclave.internal.ConclaveOptions;
import io.conclave.internal.DefaultUrl;
import io.conclave.spi.Capabilities;
import io.conclave.spi.SessionState;
import io.conclave.spi.Timekeeper;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * The connection of one process, or one part of it, to a namespace of a store; owner of one session at a time, from which all recipes are
 * made. A lost session is followed by a new one; grants of the old one stay lost.
 *
 * <p>Thread-safe. Share one instance: each has its own session and heartbeats. User callbacks run on the user's executor ({@link
 * ConclaveBuilder#executor}), and blocking verbs inside them are refused with {@link IllegalStateException}.
 *
 * <p>Not meant to be implemented by users: methods may be added.
 */
public interface Conclave extends AutoCloseable {

    /**
     * Connects with default options and waits for the first session.
     *
     * @param url {@code inmemory:}, {@code inmemory:NAME}, {@code zookeeper://host:port,host:port/namespace?sessionTimeout=10s} or {@code etcd://host:port,host:port/namespace?sessionTimeout=10s}
     * @throws IllegalArgumentException if the URL can never work; it names the part that is wrong
     * @throws io.conclave.spi.UnavailableException if the store was not reached in time
     */
    static Conclave connect(String url) {
        return builder(url).connect();
    }

    /**
     * Connects to the URL found in the system property {@code conclave.backend}, else the environment variable {@code CONCLAVE_BACKEND}, else
     * the key {@code conclave.backend} of {@code conclave.properties} on the class path.
     *
     * @throws IllegalStateException if none of them names a URL
     */
    static Conclave connect() {
        return builder(DefaultUrl.find()).connect();
    }

    /** Starts a connection with options. */
    static ConclaveBuilder builder(String url) {
        return new ConclaveOptions(url);
    }

    /** The state of the present session. Answers from memory. */
    SessionState state();

    /** A summary for health checks. Answers from memory. */
    Health health();

    /** Hears every change of {@link #state()}, in order, on the user's executor. The same listener may be added once only. */
    Registration addStateListener(StateListener listener);

    /** What the backend can do. */
    Capabilities capabilities();

    /** Plain nodes: reading and writing values without a recipe. */
    Nodes nodes();

    /** Who holds and who waits on a path. */
    Contenders contenders(String path);

    /** The epoch in the namespace's fencing tokens. */
    TokenEpoch epoch();

    /** The label under which this process's contenders are listed. */
    String owner();

    /** By whose time everything here happens. */
    Timekeeper timekeeper();

    /**
     * Uses these servers ({@code host:port} each) from now on, without losing the session.
     *
     * @throws io.conclave.spi.CapabilityMissingException through the stage, if the backend has no servers
     */
    CompletionStage<Void> updateServers(List<String> servers);

    /**
     * Ends the session: what it holds is released, waiting acquires fail with {@link io.conclave.spi.BackendClosedException}, held grants
     * are void. Waits until the store has confirmed it, at most the call time-out. Idempotent; never throws.
     */
    @Override
    void close();

    /** Like {@link #close()}, without waiting. */
    CompletionStage<Void> closeAsync();
}
