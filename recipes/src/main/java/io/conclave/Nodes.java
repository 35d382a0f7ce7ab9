package io.conclave;

import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Node;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Plain nodes of the namespace. All methods block, at most the call time-out, and are refused in callbacks. Failures are {@link
 * io.conclave.spi.BackendException}s that say whether anything was applied, or {@link OutcomeUnknownException}. Retried as far as that is safe: no write is
 * applied twice. Paths below the reserved {@code /.conclave} are refused.
 */
public interface Nodes {
    /** The node, with everything that was committed before the call. */
    Optional<Node> get(String path) throws InterruptedException;

    /** The names directly below, sorted, implicit directories included. {@code "/"} is the namespace. */
    List<String> children(String directory) throws InterruptedException;

    /** All nodes below, sorted by path: at most {@code limit}, which is 1 or more. */
    List<Node> subtree(String directory, int limit) throws InterruptedException;

    /**
     * Makes a node with this name.
     *
     * @throws IllegalStateException if it exists
     */
    Node create(String path, byte[] data, CreateMode mode) throws InterruptedException;

    /** Sets the data of a node, making it, persistent, if it is absent. */
    void set(String path, byte[] data) throws InterruptedException;

    /** Sets the data if the node exists with this version. Returns false if not. */
    boolean compareAndSet(String path, long version, byte[] data) throws InterruptedException;

    /** Removes a node; what is below stays. Returns false if it was absent. */
    boolean delete(String path) throws InterruptedException;

    /**
     * Any commit: guards, writes and the reads that follow. {@code parts} is called again if the session ended before anything was sent: it must only add to the builder
     * that it is given.
     */
    CommitResult commit(Consumer<Commit.Builder> parts) throws InterruptedException;

    /** Watches the node itself and everything below; see {@link NodeListener}. */
    Registration watch(String path, NodeListener listener);
}
