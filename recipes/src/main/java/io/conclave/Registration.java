package io.conclave;

/** A listener's registration. */
@FunctionalInterface
public interface Registration extends AutoCloseable {
    /** Removes the listener; idempotent. A call that is running goes on. */
    @Override
    void close();
}
