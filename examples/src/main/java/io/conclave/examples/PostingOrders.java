package io.conclave.examples;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.lock.DistributedLock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** One process at a time posts to the ledger, and the ledger knows which one came last. */
public final class PostingOrders {
    private PostingOrders() {}

    /** Posts one order. The URL is all that names the store. */
    public static void postOne(String url, Ledger ledger) throws InterruptedException, TimeoutException {
        // snippet:lock
        try (Conclave conclave = Conclave.connect(url)) { // "zookeeper://zk1:2181,zk2:2181/app", "inmemory:"
            DistributedLock lock = DistributedLock.of(conclave, "/locks/orders");
            try (Grant grant = lock.acquire(Duration.ofSeconds(10))) { // TimeoutException if not granted in time
                ledger.post("order-17", grant.fencingToken()); // refused if a later holder was there before
            }
        }
        // end
    }

    /** Stops between two steps when the lock is lost. Returns how many orders were posted. */
    public static int postAll(DistributedLock lock, Ledger ledger, Iterable<String> orders)
            throws InterruptedException, TimeoutException {
        int posted = 0;
        // snippet:valid
        try (Grant grant = lock.acquire(Duration.ofSeconds(10))) {
            for (String order : orders) {
                grant.requireValid(); // GrantLostException; compares clocks, no network
                ledger.post(order, grant.fencingToken());
                posted++;
            }
        }
        // end
        return posted;
    }

    /** Tries once. */
    public static boolean postIfFree(DistributedLock lock, Ledger ledger) throws InterruptedException {
        // snippet:try
        Optional<Grant> free = lock.tryAcquire(); // empty: somebody, holder or waiter, was ahead
        if (free.isPresent()) {
            try (Grant grant = free.get()) {
                ledger.post("order-18", grant.fencingToken());
            }
        }
        // end
        return free.isPresent();
    }

    /** Does not block a thread while it waits. */
    public static CompletableFuture<Void> postLater(DistributedLock lock, Ledger ledger) {
        // snippet:async
        CompletableFuture<Grant> waiting = lock.acquireAsync(Duration.ofSeconds(10)); // cancel it to withdraw
        return waiting.thenAccept(grant -> {
            try (grant) { // released also if the ledger refuses
                ledger.post("order-19", grant.fencingToken());
            }
        });
        // end
    }
}
