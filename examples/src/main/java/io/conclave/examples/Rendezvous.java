package io.conclave.examples;

import io.conclave.Conclave;
import io.conclave.barrier.DistributedBarrier;
import io.conclave.barrier.DistributedCountDownLatch;
import io.conclave.barrier.DistributedCyclicBarrier;
import io.conclave.barrier.DoubleBarrier;
import java.time.Duration;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.TimeoutException;

/** Processes that wait for each other. */
public final class Rendezvous {
    private Rendezvous() {}

    /** Works while the others of the job work, and goes on when all have done. */
    public static void together(Conclave conclave, int parties, Runnable work)
            throws InterruptedException, TimeoutException, BrokenBarrierException {
        // snippet:double
        DoubleBarrier barrier = DoubleBarrier.of(conclave, "/jobs/42", parties);
        try (DoubleBarrier.Entry entry = barrier.enter(Duration.ofMinutes(1))) { // all are here
            work.run();
            entry.leave(Duration.ofMinutes(10)); // BrokenBarrierException: one died at work
        } // left also if the work failed
        // end
    }

    /** Round after round, none begins before all have ended the last. */
    public static void rounds(Conclave conclave, int parties, int rounds, Runnable work)
            throws InterruptedException, TimeoutException, BrokenBarrierException {
        // snippet:cyclic
        DistributedCyclicBarrier barrier = DistributedCyclicBarrier.of(conclave, "/jobs/rounds", parties);
        for (int round = 0; round < rounds; round++) {
            work.run();
            barrier.await(Duration.ofMinutes(1)); // BrokenBarrierException: one gave up or died
        }
        // end
    }

    /** Waits until the migration is done, wherever it runs. */
    public static void afterMigration(Conclave conclave, Runnable migrate, Runnable serve)
            throws InterruptedException, TimeoutException {
        // snippet:gate
        DistributedBarrier gate = DistributedBarrier.of(conclave, "/gates/migration");
        if (gate.block()) { // true: this process was first
            migrate.run();
            gate.open();
        }
        gate.await(Duration.ofMinutes(5));
        serve.run();
        // end
    }

    /** Reports one part as done, and waits for the others. */
    public static void partDone(Conclave conclave, int parts) throws InterruptedException, TimeoutException {
        // snippet:latch
        DistributedCountDownLatch latch = DistributedCountDownLatch.of(conclave, "/imports/today", parts);
        latch.countDown(); // counts once, also if the answer is lost
        latch.await(Duration.ofHours(1));
        // end
    }
}
