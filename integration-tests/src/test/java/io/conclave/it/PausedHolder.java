package io.conclave.it;

import io.conclave.Conclave;
import io.conclave.FencedGrant;
import io.conclave.GrantLostException;
import io.conclave.lock.DistributedLock;
import io.conclave.lock.FencedLock;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Lock;

/** A holder that will be stopped for longer than its session: says what it finds in the first instructions after that. Arguments: the URL. */
final class PausedHolder {
    private static final Duration WAIT = Duration.ofSeconds(30);

    private PausedHolder() {}

    public static void main(String[] arguments) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Conclave conclave = Conclave.connect(arguments[0])) {
            FencedLock lock = FencedLock.of(conclave, "/paused/lock");
            Lock view = DistributedLock.of(conclave, "/paused/view").asJavaLock();
            List<String> order = new CopyOnWriteArrayList<>();
            FencedGrant grant = lock.acquire(WAIT);
            view.lock();
            grant.onLost(() -> order.add("lost"));
            grant.write("/paused/value", bytes("first"));
            System.out.println("HELD " + grant.fencingToken());

            in.readLine();
            boolean valid = grant.isValid();
            boolean reentered = view.tryLock();
            System.out.println("VALID " + valid);
            System.out.println("REENTERED " + reentered);
            System.out.println("WRITE " + tryToWrite(grant));
            System.out.println("RELEASE " + tryToRelease(grant));

            in.readLine();
            FencedGrant again = lock.acquire(WAIT);
            order.add("granted");
            System.out.println("AGAIN " + again.fencingToken());
            System.out.println("ORDER " + order);
            again.release();
            view.lock();
            System.out.println("VIEW locked");
        }
    }

    private static String tryToWrite(FencedGrant grant) throws InterruptedException {
        try {
            grant.write("/paused/value", bytes("stale"));
            return "applied";
        } catch (GrantLostException lost) {
            return "refused";
        }
    }

    private static String tryToRelease(FencedGrant grant) {
        try {
            grant.release();
            return "returned";
        } catch (GrantLostException lost) {
            return "lost";
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
