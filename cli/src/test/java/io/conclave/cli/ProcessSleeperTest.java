package io.conclave.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The demo's second process, here on an embedded store of its own. */
class ProcessSleeperTest {
    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(1);

    @Test
    void aStoppedProcessKnowsAtOnceThatItsGrantIsLost() throws Exception {
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        GlobalOptions options =
                new GlobalOptions(new Surroundings(err, err, InputStream.nullInputStream(), Map.of(), false, true));
        try (ProcessSleeper sleeper = ProcessSleeper.start(options, "inmemory:", "ada", "/l", SESSION_TIMEOUT)) {
            assertThat(sleeper.acquire()).isPositive();
            assertThat(sleeper.believesToHold()).isTrue();
            assertThat(sleeper.write("/value", "first")).isTrue();
            assertThat(sleeper.pause()).contains("kill -STOP");
            Waiting.pause(SESSION_TIMEOUT.multipliedBy(2)); // real time is what is tested here
            sleeper.resume();
            assertThat(sleeper.believesToHold()).as("in the first instruction").isFalse();
            assertThat(sleeper.write("/value", "second")).isFalse();
            assertThat(sleeper.wasToldOfLoss()).isTrue();
        }
    }
}
