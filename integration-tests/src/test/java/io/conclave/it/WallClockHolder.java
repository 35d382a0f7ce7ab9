package io.conclave.it;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.Health;
import io.conclave.lock.DistributedLock;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A holder whose wall clock is stepped: for each line it reads it says what its clock shows and what it believes. Arguments: the URL. */
final class WallClockHolder {
    private static final Duration WAIT = Duration.ofSeconds(30);

    private WallClockHolder() {}

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Conclave conclave = Conclave.connect(arguments[0])) {
            Grant grant = DistributedLock.of(conclave, "/lock").acquire(WAIT);
            String session = conclave.health().sessionId();
            conclave.addStateListener(state -> System.out.println("STATE " + state));
            grant.onLost(() -> System.out.println("LOST"));
            System.out.println("HELD " + session);
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                Health health = conclave.health();
                boolean same = health.sessionId().equals(session) && health.sessions() == 1;
                System.out.printf(
                        "SEEN %s %d %s %d%n",
                        line,
                        System.currentTimeMillis(),
                        same && grant.isValid() ? "valid" : "void",
                        grant.validFor().toMillis());
            }
            grant.release();
            System.out.println("RELEASED");
        }
    }
}
