package io.conclave.discovery;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/** Finds instances of one service, from a copy in memory that follows the store: no look-up costs network. Thread-safe. */
public interface ServiceProvider extends AutoCloseable {
    /** The service. */
    String service();

    /**
     * Waits until the instances are known, be it that there are none. Refused in callbacks.
     *
     * @throws TimeoutException if they are not by then; it is tried further all the same
     * @throws IllegalStateException if this is closed
     */
    void awaitInstances(Duration wait) throws InterruptedException, TimeoutException;

    /** All that were registered when the store was last heard, by id. */
    List<ServiceInstance> instances();

    /** Those of {@link #instances()} for which no error was noted lately. */
    List<ServiceInstance> available();

    /**
     * One of those that are available, chosen by the strategy; empty if there is none, or none that it wants. Where anything is better than nothing, fall back on {@link
     * #instances()}.
     */
    Optional<ServiceInstance> next();

    /** An instance did not answer, or answered with an error: it is not chosen for a while, by this provider. One that registers anew begins without errors. */
    void noteError(ServiceInstance instance);

    /** An instance answered: errors that were noted are forgotten. */
    void noteSuccess(ServiceInstance instance);

    /** Why the store cannot be followed at present, if the reason may not pass by itself. */
    Optional<Throwable> failure();

    /** Stops following. Idempotent. */
    @Override
    void close();
}
