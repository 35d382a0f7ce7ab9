package io.conclave.it.recipes;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.lock.DistributedLock;
import io.conclave.lock.DistributedReadWriteLock;
import io.conclave.lock.MultiLock;
import io.conclave.semaphore.DistributedSemaphore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A client that is in every state of the recipes that share an order, each on a path of its own, when it dies. As a process: the argument is the URL. */
final class DyingClient {
    static final String TOP = "/kill";
    private static final Duration WAIT = Duration.ofSeconds(60);

    /** How many nodes stand on which path, with those of {@link SharingKillSuite}, once it has entered all of its states. */
    static final Map<String, Integer> STANDING = Map.ofEntries(
            Map.entry("reading", 1),
            Map.entry("writing", 1),
            Map.entry("downgraded", 1),
            Map.entry("awaiting-write", 2),
            Map.entry("awaiting-read", 2),
            Map.entry("permits-held", 1),
            Map.entry("permits-awaited", 2),
            Map.entry("permits-later", 3),
            Map.entry("several-a", 1),
            Map.entry("several-b", 2));

    private final Conclave conclave;
    /** Keeps what is held from being collected. */
    private final List<Object> kept = new ArrayList<>();

    DyingClient(Conclave conclave) {
        this.conclave = conclave;
    }

    static DistributedReadWriteLock rw(Conclave conclave, String name) {
        return DistributedReadWriteLock.of(conclave, TOP + "/" + name);
    }

    static DistributedSemaphore permits(Conclave conclave, String name) {
        return DistributedSemaphore.of(conclave, TOP + "/" + name, 4);
    }

    static DistributedLock lock(Conclave conclave, String name) {
        return DistributedLock.of(conclave, TOP + "/" + name);
    }

    /** Enters all states; {@link SharingKillSuite} holds what is waited for here. */
    void enter() throws Exception {
        kept.add(rw(conclave, "reading").readLock().acquire(WAIT));
        kept.add(rw(conclave, "writing").writeLock().acquire(WAIT));
        Grant write = rw(conclave, "downgraded").writeLock().acquire(WAIT);
        kept.add(rw(conclave, "downgraded").downgrade(write));
        kept.add(rw(conclave, "awaiting-write").writeLock().acquireAsync());
        kept.add(rw(conclave, "awaiting-read").readLock().acquireAsync());
        kept.add(permits(conclave, "permits-held").acquire(3, WAIT));
        kept.add(permits(conclave, "permits-awaited").acquireAsync(1));
        kept.add(permits(conclave, "permits-later").acquireAsync(1));
        kept.add(MultiLock.of(lock(conclave, "several-a"), lock(conclave, "several-b"))
                .acquireAsync());
    }

    public static void main(String[] arguments) throws Exception {
        try (Conclave conclave =
                Conclave.builder(arguments[0]).connectTimeout(WAIT).connect()) {
            DyingClient client = new DyingClient(conclave);
            client.enter();
            System.out.println("ENTERED " + client.kept.size());
            System.in.read();
        }
    }
}
