package io.conclave.config;

/** Several changes that are made together or not at all. Not thread-safe. */
public interface ConfigUpdate {
    /** Gives the key this value, whatever it was. */
    <T> ConfigUpdate set(ConfigKey<T> key, T value);

    /** Gives the key this value if the store still has the one that was read. */
    <T> ConfigUpdate replace(ConfigValue<T> read, T value);

    /** Removes the key from the store, if the store still has the one that was read; from then on it has its default. */
    <T> ConfigUpdate remove(ConfigValue<T> read);

    /** Only if the store still has the value that was read; the key is not changed. */
    <T> ConfigUpdate require(ConfigValue<T> read);

    /**
     * Makes the changes in one commit. Waits at most the call time-out; refused in callbacks.
     *
     * @return false if a value was not the one that was read: nothing was changed
     * @throws io.conclave.OutcomeUnknownException if nobody can tell whether it was done
     * @throws IllegalStateException if it holds no change
     */
    boolean apply() throws InterruptedException;
}
