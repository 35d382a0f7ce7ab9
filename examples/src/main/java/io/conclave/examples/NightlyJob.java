package io.conclave.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.lock.FencedLock;
import io.conclave.spi.CreateMode;
import io.conclave.spi.NodePath;
import io.conclave.spi.Payload;
import io.conclave.spi.Write;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.concurrent.TimeoutException;

/**
 * A job that cron starts on every machine of a cluster each night, and that runs on one of them: {@code NightlyJob URL MACHINE [DATE]}. The machine that has the lock does the work and writes
 * down, under the lock's own guard, that this night is done; the others find it done. If it dies in the middle, the next one does the work: so a step that must not
 * happen twice has to be safe to repeat, or to take the token.
 */
public final class NightlyJob {
    private static final String PATH = "/jobs/report";

    private NightlyJob() {}

    /** The work of one night. */
    public interface Work {
        /** Does it. */
        void run(FencedGrant grant) throws InterruptedException;
    }

    /** Does the night's work, unless a machine has done it; waits while another is at it. Returns whether it was done here. */
    public static boolean runOnce(Conclave conclave, LocalDate night, String machine, Work work)
            throws InterruptedException, TimeoutException {
        // snippet:once
        NodePath done = NodePath.of(PATH + "/done/" + night);
        try (FencedGrant grant = FencedLock.of(conclave, PATH + "/lock").acquire(Duration.ofHours(1))) {
            if (conclave.nodes().get(done.toString()).isPresent()) {
                return false; // another machine was first
            }
            work.run(grant);
            grant.commit(parts -> parts.write(Write.create(done, Payload.utf8(machine), CreateMode.PERSISTENT)));
            return true; // GrantLostException above: nothing was written down, another machine does it again
        }
        // end
    }

    /** Runs the job of a night on this machine. */
    public static void main(String[] args) throws InterruptedException, TimeoutException {
        if (args.length < 2) {
            throw new IllegalArgumentException("arguments: URL MACHINE [DATE]");
        }
        LocalDate night = args.length > 2 ? LocalDate.parse(args[2]) : LocalDate.now(ZoneId.systemDefault());
        try (Conclave conclave = Conclave.connect(args[0])) {
            boolean here = runOnce(conclave, night, args[1], grant -> report(grant, night));
            System.out.println(args[1] + ": the report of " + night + (here ? " was made here" : " is there already"));
        }
    }

    /** Makes the report, in the store: it is refused if the lock was lost meanwhile. */
    private static void report(FencedGrant grant, LocalDate night) throws InterruptedException {
        String text = "report of " + night + ", made under the token " + grant.fencingToken();
        grant.write(PATH + "/of/" + night, text.getBytes(UTF_8));
    }
}
