package io.conclave.counter;

import java.util.Objects;

/**
 * A value and its version.
 *
 * @param value the value
 * @param version the store's revision of the write that made it: larger for every later write of the path, also after the node was deleted and made again, and never used twice. 0 stands for
 *     "no value" where a version is asked for
 * @param <T> the type of the value
 */
public record VersionedValue<T>(T value, long version) {
    /** Refuses null. */
    public VersionedValue {
        Objects.requireNonNull(value, "value");
    }
}
