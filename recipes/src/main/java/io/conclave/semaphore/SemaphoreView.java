package io.conclave.semaphore;

import io.conclave.QueueView;
import java.util.Objects;

/**
 * A semaphore at some moment of the recent past.
 *
 * @param permits how many permits there are
 * @param available how many of them an acquire would find free; 0 if somebody waits
 * @param queue holders and waiters, judged by the present number of permits: a holder that has more than a resize has left is shown as waiting
 */
public record SemaphoreView(int permits, int available, QueueView queue) {
    /** Refuses nulls. */
    public SemaphoreView {
        Objects.requireNonNull(queue, "queue");
    }
}
