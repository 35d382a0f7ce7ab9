package io.conclave.spi;

import java.util.concurrent.CompletionStage;

/** A running watch. */
public interface Watch {
    /** Completes when the watch is set at the store: changes after that are surely told. Fails if the watch ended first. */
    CompletionStage<Void> active();

    /** Ends the watch; idempotent. No call to the listener starts after this returns on the listener's own thread. */
    void cancel();
}
