package io.conclave.config;

/**
 * A value, and which one it is, for a write that compares.
 *
 * @param key its key
 * @param value the value: the default if it is not stored, and if what is stored cannot be read and no value could be read before
 * @param stored whether the store has the key
 * @param readable whether what is stored could be read; true if nothing is
 * @param version the node's version; -1 if the store does not have it
 * @param createdRevision the revision that made the node; 0 where unknown
 * @param modifiedRevision the revision that wrote it; 0 if the store does not have it
 * @param <T> the type of the value
 */
public record ConfigValue<T>(
        ConfigKey<T> key,
        T value,
        boolean stored,
        boolean readable,
        long version,
        long createdRevision,
        long modifiedRevision) {}
