package io.conclave.it;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.GrantLostException;
import io.conclave.it.support.Await;
import io.conclave.lock.FencedLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A process that takes a fenced lock again and again, until its standard input says {@code end}, and appends a {@code BEGIN} and an {@code END} line to a file each time, without asking
 * whether it still holds the lock: like a resource that trusts its clients. See {@link AppendStory} for the lines.
 *
 * <p>Arguments: {@code url path file holdMillis}. Prints {@code LOST token} when a grant turns out to be lost at its release.
 */
final class AppendWorker {
    private static final Duration WAIT = Duration.ofSeconds(60);
    private static final int EXIT_UNNOTICED = 3;

    private static volatile boolean ending;

    private AppendWorker() {}

    public static void main(String[] arguments) throws Exception {
        Thread orders = new Thread(AppendWorker::awaitEnd, "orders");
        orders.setDaemon(true);
        orders.start();
        Path file = Path.of(arguments[2]);
        long holdNanos = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(arguments[3]));
        try (Conclave conclave = Conclave.connect(arguments[0])) {
            FencedLock lock = FencedLock.of(conclave, arguments[1]);
            while (!ending) {
                hold(lock.acquire(WAIT), file, holdNanos);
            }
        }
        System.exit(0);
    }

    private static void hold(FencedGrant grant, Path file, long holdNanos) throws Exception {
        append(file, "BEGIN", grant.fencingToken());
        long before = System.nanoTime();
        Await.pause(holdNanos);
        boolean paused = System.nanoTime() - before > AppendStory.SESSION.toNanos();
        boolean believed = grant.isValid();
        append(file, "END", grant.fencingToken());
        if (paused && believed) {
            System.out.println("BELIEVED " + grant.fencingToken() + " after a pause longer than the session");
            Runtime.getRuntime().halt(EXIT_UNNOTICED);
        }
        try {
            grant.release();
        } catch (GrantLostException lost) {
            System.out.println("LOST " + grant.fencingToken());
        }
    }

    private static void append(Path file, String what, long token) throws Exception {
        String line = what + " " + token + " " + ProcessHandle.current().pid() + " " + System.nanoTime() / 1e9 + "\n";
        Files.write(file, line.getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
    }

    private static void awaitEnd() {
        try {
            while (System.in.read() >= 0) {
                ending = true;
            }
        } catch (java.io.IOException closed) {
            System.out.println("no more orders: " + closed.getMessage());
        }
        ending = true;
    }
}
