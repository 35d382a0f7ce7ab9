package io.conclave.cache;

import io.conclave.Conclave;
import io.conclave.Registration;
import io.conclave.spi.Node;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;

/**
 * A copy of a node and everything below it, in this process's memory, that follows the store. Reads cost no network. Thread-safe.
 *
 * <p><b>Guaranteed:</b> once nothing changes any more, the copy is equal to the store: also after reconnects and lost sessions, and also where a node, or a whole directory, was
 * deleted and made again meanwhile with the same data and the same versions. For each path the copy never goes back behind what it has shown on one session. Every change of the copy is
 * told to each listener, with the value before and now, in order; a listener that is too slow is told {@link TreeCacheListener#onResynced} instead. {@link
 * #awaitRevision} waits until the copy includes a commit, such as one's own.
 *
 * <p><b>Not guaranteed:</b> that every change of the store is told: several may come as one, and a node that came and went may never be seen. That the copy shows several nodes as they
 * were at one moment: for that read the store ({@code Conclave.nodes()}), or use {@code io.conclave.config}. That the copy is up to date: it is behind by at least the
 * way of a message, and while contact is lost by as long as that lasts; {@link #isCurrent()} tells what is known.
 *
 * <p>Memory: about 190 bytes a node, and its path and its data. A tree of more than {@link TreeCacheBuilder#nodesMax} nodes ends the cache with an error.
 */
public interface TreeCache extends AutoCloseable {

    /** A cache of the whole tree at the path, {@code "/"} included. Nothing is sent before {@link #start()}. */
    static TreeCache of(Conclave conclave, String path) {
        return builder(conclave, path).build();
    }

    /** A cache with options. */
    static TreeCacheBuilder builder(Conclave conclave, String path) {
        return new CacheBuilder(conclave, path);
    }

    /**
     * Starts following; returns at once, also without contact. Listeners that were added before hear of every node.
     *
     * @throws IllegalStateException if it was started before, or is closed
     */
    void start();

    /** Where the tree begins. */
    String path();

    /** Whether the whole tree was read once. It may have been empty. */
    boolean isInitialised();

    /**
     * Waits until the whole tree was read once. Refused in callbacks.
     *
     * @throws TimeoutException if it was not by then; it is tried further all the same
     * @throws IllegalStateException if the cache is closed, or the tree has too many nodes
     */
    void awaitInitialised(Duration wait) throws InterruptedException, TimeoutException;

    /** True if the tree was read and no change is known that the copy lacks. No network: during a cut it may be behind without knowing. */
    boolean isCurrent();

    /** The node as it was copied; empty if it is absent, only a directory, too deep, or not yet read. */
    Optional<Node> get(String path);

    /** Several nodes as the copy has them at one moment; absent ones are left out. They need not have been so in the store at one moment. */
    Map<String, Node> getAll(List<String> paths);

    /** The names directly below a path of the tree, sorted, directories without a node of their own included. */
    List<String> children(String path);

    /** The node, if there is one, and all below it, sorted by path. */
    List<Node> subtree(String path);

    /** How many nodes the copy holds. */
    int size();

    /**
     * Waits until the copy includes everything up to this revision, which some commit is known to have. Refused in callbacks.
     *
     * @throws TimeoutException if it does not by then
     * @throws IllegalStateException if the cache is closed, or the tree has too many nodes
     */
    void awaitRevision(long revision, Duration wait) throws InterruptedException, TimeoutException;

    /** Like {@link #awaitRevision}, without waiting and without a limit. */
    CompletionStage<Void> revisionReached(long revision);

    /** Hears the changes of the copy. A listener that is added to an initialised cache hears {@link TreeCacheListener#onInitialised} at once. */
    Registration addListener(TreeCacheListener listener);

    /** Why the store cannot be followed at present, if the reason may not pass by itself: no rights, or too many nodes. */
    Optional<Throwable> failure();

    /** Stops following. The copy can still be read. Idempotent. */
    @Override
    void close();
}
