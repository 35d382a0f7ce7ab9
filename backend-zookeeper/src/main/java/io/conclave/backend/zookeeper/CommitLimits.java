package io.conclave.backend.zookeeper;

import io.conclave.spi.BackendException;
import io.conclave.spi.Capabilities;
import io.conclave.spi.CapabilityMissingException;
import io.conclave.spi.Commit;
import io.conclave.spi.Guard;
import io.conclave.spi.InvalidRequestException;
import io.conclave.spi.NodePath;
import io.conclave.spi.Write;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What is refused before anything is sent (rule N10). */
final class CommitLimits {
    /** A slash, the mark, the operation's id, a dash and the number. */
    private static final int SEQUENTIAL_NAME_BYTES = 1 + 3 + 36 + 1 + 11;

    private final Capabilities capabilities;
    private final long nonce;

    CommitLimits(Capabilities capabilities, long nonce) {
        this.capabilities = capabilities;
        this.nonce = nonce;
    }

    /** The failure, or null if the commit may be sent. */
    @Nullable
    BackendException check(Commit commit) {
        if (commit.opId().nonce() != nonce) {
            return new InvalidRequestException(
                    "operation " + commit.opId() + " is not one of this session: ask newOpId()");
        }
        for (Guard guard : commit.guards()) {
            if (guard instanceof Guard.Present present
                    && present.createdRevision().isPresent()
                    && Names.ownSequence(present.path().name()).isEmpty()) {
                return new CapabilityMissingException("a guard on the created revision of " + present.path()
                        + ": ZooKeeper has that for sequential nodes only");
            }
        }
        for (Write write : commit.writes()) {
            if (write instanceof Write.CreateSequential create
                    && bytes(create.directory())
                                    + SEQUENTIAL_NAME_BYTES
                                    + create.tag().length()
                            > NodePath.MAX_PATH_BYTES) {
                return new InvalidRequestException("a sequential node in " + create.directory()
                        + " has a path of more than " + NodePath.MAX_PATH_BYTES + " bytes");
            }
        }
        return capabilities.refusal(commit).orElse(null);
    }

    private static int bytes(NodePath path) {
        return path.toString().getBytes(StandardCharsets.UTF_8).length;
    }
}
