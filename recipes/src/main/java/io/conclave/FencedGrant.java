package io.conclave;

import io.conclave.spi.Commit;
import io.conclave.spi.CommitResult;
import java.util.function.Consumer;

/**
 * A grant that can write to the store under its own guard: each write is applied only while the contender's node is present, whatever this process
 * believes and however late the request arrives. The blocking methods wait at most the call time-out and are refused in callbacks.
 *
 * <p>If a method throws {@link GrantLostException}, nothing was written. {@link OutcomeUnknownException}: it may have been, once.
 */
public interface FencedGrant extends Grant {
    /** Sets the node's data, making it if it is absent. */
    void write(String path, byte[] data) throws InterruptedException;

    /** Removes the node. Returns false if it was absent. */
    boolean delete(String path) throws InterruptedException;

    /**
     * Applies a commit of the caller's guards and writes under this grant's guard. In {@link CommitResult.Refused} the caller's conditions count
     * from 0, as without the grant's guard. Paths below the reserved {@code /.conclave} are refused.
     */
    CommitResult commit(Consumer<Commit.Builder> parts) throws InterruptedException;
}
