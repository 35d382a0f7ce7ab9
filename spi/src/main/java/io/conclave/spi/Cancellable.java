package io.conclave.spi;

/** Something scheduled that can be called off. */
@FunctionalInterface
public interface Cancellable {
    /** Calls it off if it has not started; idempotent, never blocks. */
    void cancel();
}
