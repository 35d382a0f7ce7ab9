package io.conclave.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.lock.FencedLock;
import io.conclave.spi.CommitResult;
import io.conclave.spi.CreateMode;
import io.conclave.spi.Guard;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Data in the store itself, written under the guard of a lock. */
public final class SchemaUpgrade {
    private SchemaUpgrade() {}

    /** Writes the version. */
    public static void recordVersion(Conclave conclave, int version) throws InterruptedException, TimeoutException {
        // snippet:write
        FencedLock lock = FencedLock.of(conclave, "/locks/schema");
        try (FencedGrant grant = lock.acquire(Duration.ofSeconds(10))) {
            grant.write("/schema/version", Integer.toString(version).getBytes(UTF_8));
        }
        // end
    }

    /** Writes the version and a note of it together, once for each version. Returns false if it was there. */
    public static boolean recordOnce(FencedGrant grant, int version) throws InterruptedException {
        // snippet:commit
        NodePath done = NodePath.of("/schema/done/" + version);
        CommitResult result = grant.commit(parts -> parts.guard(Guard.absent(done))
                .write(Write.create(done, Payload.empty(), CreateMode.PERSISTENT))
                .write(Write.create(NodePath.of("/schema/log/" + version), Payload.utf8("ok"), CreateMode.PERSISTENT)));
        return result instanceof CommitResult.Applied; // Refused: "done" was there; GrantLostException: lock lost
        // end
    }
}
