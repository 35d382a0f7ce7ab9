package io.conclave.discovery;

import java.time.Duration;

/** Options of a {@link ServiceProvider}. Not thread-safe. */
public interface ServiceProviderBuilder {
    /** How an instance is chosen. Default: {@link ServiceStrategy#roundRobin()}. */
    ServiceProviderBuilder strategy(ServiceStrategy strategy);

    /**
     * For how long an instance is not chosen after an error was noted: {@code first} after one, twice as long after each further one in a row, at most {@code longest}. Default: 1 s and 1 min.
     */
    ServiceProviderBuilder backOff(Duration first, Duration longest);

    /** The look-up, which begins to follow the store at once. */
    ServiceProvider build();
}
