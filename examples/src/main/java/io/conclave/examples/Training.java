package io.conclave.examples;

import io.conclave.Conclave;
import io.conclave.Grant;
import io.conclave.semaphore.DistributedSemaphore;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** Jobs that share four graphics cards. */
public final class Training {
    private Training() {}

    /** Trains on two of them. */
    public static void onTwo(Conclave conclave, Consumer<Grant> training)
            throws InterruptedException, TimeoutException {
        // snippet:permits
        DistributedSemaphore cards = DistributedSemaphore.of(conclave, "/permits/gpu", 4);
        try (Grant two = cards.acquire(2, Duration.ofSeconds(30))) { // both or none
            training.accept(two);
        }
        // end
    }

    /** Two more have been built in. */
    public static void twoMore(DistributedSemaphore cards) throws InterruptedException {
        // snippet:resize
        cards.resize(6); // for all processes, now; those who wait go on
        // end
    }
}
