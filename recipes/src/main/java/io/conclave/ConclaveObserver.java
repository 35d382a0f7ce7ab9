package io.conclave;

import io.conclave.spi.SessionState;
import java.time.Duration;

/**
 * Hears what recipes do, for metrics. Called on the engine's threads: must be quick, must not block, must not call Conclave. What it throws is
 * logged and dropped.
 */
public interface ConclaveObserver {
    /** An acquire succeeded after this wait. */
    default void onGranted(String path, Duration waited) {}

    /** A grant was released after it was held for this long. */
    default void onReleased(String path, Duration held) {}

    /** A grant was lost after it was held for this long. */
    default void onLost(String path, Duration held) {}

    /** An acquire ended without a grant: time-out, cancellation, interruption or failure. */
    default void onGaveUp(String path, Duration waited) {}

    /** A call to the store is repeated after a failure; {@code attempt} counts from 1. */
    default void onRetry(int attempt, Throwable failure) {}

    /** The session changed its state. */
    default void onState(SessionState state) {}
}
