package io.conclave.config;

/** Several values, read from the store together. Immutable. */
public interface ConfigSnapshot {
    /**
     * Whether the values stood in the store at one moment, all of them. True on backends with the capability {@code snapshotRead}: etcd and the embedded store.
     */
    boolean isAtomic();

    /** The value of a key of the snapshot, or its default. Throws {@link IllegalArgumentException} for a key that was not asked for. */
    <T> T get(ConfigKey<T> key);

    /** The value with its version, for a write that compares. Throws {@link IllegalArgumentException} for a key that was not asked for. */
    <T> ConfigValue<T> value(ConfigKey<T> key);
}
