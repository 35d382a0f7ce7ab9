package io.conclave.cli;

import io.conclave.spi.Cancellable;
import io.conclave.spi.Timekeeper;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Bounded waits by real time. */
final class Waiting {
    private static final Duration POLL = Duration.ofMillis(20);

    private Waiting() {}

    /** A condition that asks the store. */
    @FunctionalInterface
    interface Condition {
        boolean holds() throws InterruptedException;
    }

    static void pause(Duration time) throws InterruptedException {
        within(new CompletableFuture<>(), time);
    }

    /** Whether the future was done, in whatever way, within the time. It is left as it is. */
    static boolean within(CompletableFuture<?> future, Duration time) throws InterruptedException {
        CompletableFuture<?> bounded = future.copy();
        Cancellable timer = Timekeeper.system().schedule(() -> bounded.cancel(false), time);
        Timekeeper.system().await(bounded);
        timer.cancel();
        return future.isDone();
    }

    /** Whether the condition became true within the time; asks again and again. */
    static boolean until(Condition condition, Duration time) throws InterruptedException {
        Timekeeper timekeeper = Timekeeper.system();
        long deadline = timekeeper.deadlineAfter(time);
        while (!condition.holds()) {
            if (timekeeper.isPast(deadline)) {
                return false;
            }
            pause(POLL);
        }
        return true;
    }
}
