package io.conclave.discovery;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;

/** An instance that is kept registered until this is closed. Thread-safe. */
public interface ServiceRegistration extends AutoCloseable {
    /** What was registered last. */
    ServiceInstance instance();

    /** Whether it was registered, with this process as its maker, when the store was last heard. No network. */
    boolean isRegistered();

    /**
     * Waits until it is registered. Refused in callbacks.
     *
     * @throws TimeoutException if it is not by then: without contact, or if another session has its id; it is tried further all the same
     */
    void awaitRegistered(Duration wait) throws InterruptedException, TimeoutException;

    /**
     * Changes what is told of the instance. The stage completes when it is registered so, or with a later change.
     *
     * @throws IllegalArgumentException if its service or id differ
     */
    CompletionStage<Void> update(ServiceInstance instance);

    /** Why the store refuses it, if it does. No network. */
    Optional<Throwable> failure();

    /** Removes it. Waits for the store at most the call time-out; goes on in the background after that. Idempotent. */
    @Override
    void close();

    /** Like {@link #close()} without waiting. */
    CompletionStage<Void> closeAsync();
}
