package io.conclave.backend.etcd.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A server ends with the test, whatever ends that. */
class ServerProcessTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final List<String> LONG = List.of("sleep", "600");
    private static final Path LOG = Path.of("target", "server-process.log");

    /** Starts a server, tells its process id and waits for its own end. */
    static final class Parent {
        private Parent() {}

        public static void main(String[] arguments) throws IOException {
            System.out.println(new ServerProcess(LONG, LOG).pid());
            System.in.read();
        }
    }

    @Test
    void aServerOfAKilledJvmIsKilled() throws IOException {
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Parent.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader told = parent.inputReader()) {
            long server = Long.parseLong(told.readLine());
            assertThat(ProcessHandle.of(server)).isPresent();
            parent.destroyForcibly();
            Await.until("the server has ended", LIMIT, () -> !isAlive(server));
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void aStoppedServerCanBeKilled() {
        ServerProcess server = new ServerProcess(LONG, LOG);
        server.signal("STOP");
        server.kill();
        assertThat(server.isAlive()).isFalse();
        assertThat(isAlive(server.pid())).isFalse();
    }

    private static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }
}
