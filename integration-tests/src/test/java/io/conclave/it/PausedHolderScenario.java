package io.conclave.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.Grant;
import io.conclave.it.support.ChildJvm;
import io.conclave.it.support.Figures;
import io.conclave.it.support.Servers;
import io.conclave.lock.DistributedLock;
import io.conclave.lock.FencedLock;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real process is stopped past its session while it holds, and continued: criteria (a) to (g) of the zombie holder. */
@Timeout(120)
abstract class PausedHolderScenario {
    private static final Duration SESSION = Duration.ofSeconds(4);
    private static final Duration WAIT = Duration.ofSeconds(30);

    /** One server, serving. */
    abstract Servers oneServer() throws Exception;

    @Test
    void aStoppedProcessKnowsInItsFirstInstructionThatItsGrantIsVoid() throws Exception {
        try (Servers servers = oneServer();
                Conclave conclave = Conclave.connect(servers.url("", SESSION));
                ChildJvm holder = ChildJvm.start("paused-holder", PausedHolder.class, servers.url("", SESSION))) {
            long first = number(holder.awaitLine("HELD ", WAIT));
            holder.pause();
            long stopped = System.nanoTime();

            FencedGrant taken = FencedLock.of(conclave, "/paused/lock").acquire(WAIT);
            Grant view = DistributedLock.of(conclave, "/paused/view").acquire(WAIT);
            long waited = System.nanoTime() - stopped;
            taken.write("/paused/value", "second".getBytes(StandardCharsets.UTF_8));
            holder.send("go"); // waits in the pipe: it is read in the first instruction after the pause
            holder.resume();

            assertThat(holder.awaitLine("VALID ", WAIT)).isEqualTo("VALID false");
            assertThat(holder.awaitLine("REENTERED ", WAIT)).isEqualTo("REENTERED false");
            assertThat(holder.awaitLine("WRITE ", WAIT)).isEqualTo("WRITE refused");
            assertThat(holder.awaitLine("RELEASE ", WAIT)).isEqualTo("RELEASE lost");
            assertThat(conclave.nodes()
                            .get("/paused/value")
                            .orElseThrow()
                            .data()
                            .asUtf8())
                    .isEqualTo("second");

            taken.release();
            view.release();
            holder.send("go");
            long again = number(holder.awaitLine("AGAIN ", WAIT));
            assertThat(first).isLessThan(taken.fencingToken());
            assertThat(again).isGreaterThan(taken.fencingToken());
            assertThat(holder.awaitLine("ORDER ", WAIT)).isEqualTo("ORDER [lost, granted]");
            assertThat(holder.awaitLine("VIEW ", WAIT)).isEqualTo("VIEW locked");
            holder.awaitExitCode(0, WAIT);
            Figures.print(
                    getClass().getSimpleName(),
                    "the lock was free %d ms after the stop (session %d ms); tokens %d < %d < %d",
                    waited / 1_000_000,
                    SESSION.toMillis(),
                    first,
                    taken.fencingToken(),
                    again);
        }
    }

    private static long number(String line) {
        return Long.parseLong(line.substring(line.indexOf(' ') + 1));
    }
}
