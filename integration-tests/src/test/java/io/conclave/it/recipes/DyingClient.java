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
import java.util.TreeMap;

/** A client that is in every state of the recipes that share an order, each on a path of its own, when it dies. As a process: the argument is the URL. */
final class DyingClient {
    static final String TOP = "/kill";
    private static final Duration WAIT = Duration.ofSeconds(60);

    private final Conclave conclave;
    private final Map<String, Integer> standing = new TreeMap<>();
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

    /** How many nodes stand on which path once it has entered all of its states. */
    Map<String, Integer> standing() {
        return standing;
    }

    /** Enters all states; {@link SharingKillSuite} holds what is waited for here. */
    void enter() throws Exception {
        kept.add(rw(conclave, "reading").readLock().acquire(WAIT));
        standing.put("reading", 1);
        kept.add(rw(conclave, "writing").writeLock().acquire(WAIT));
        standing.put("writing", 1);
        Grant write = rw(conclave, "downgraded").writeLock().acquire(WAIT);
        kept.add(rw(conclave, "downgraded").downgrade(write));
        standing.put("downgraded", 1);
        kept.add(rw(conclave, "awaiting-write").writeLock().acquireAsync());
        standing.put("awaiting-write", 2);
        kept.add(rw(conclave, "awaiting-read").readLock().acquireAsync());
        standing.put("awaiting-read", 2);
        kept.add(permits(conclave, "permits-held").acquire(3, WAIT));
        standing.put("permits-held", 1);
        kept.add(permits(conclave, "permits-awaited").acquireAsync(1));
        standing.put("permits-awaited", 2);
        kept.add(permits(conclave, "permits-later").acquireAsync(1));
        standing.put("permits-later", 3);
        kept.add(MultiLock.of(lock(conclave, "several-a"), lock(conclave, "several-b"))
                .acquireAsync());
        standing.put("several-a", 1);
        standing.put("several-b", 2);
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
