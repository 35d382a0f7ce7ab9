package io.conclave.spi;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A connection to one namespace of a store. Thread-safe; no method blocks. */
public interface Backend {
    /** What it can do. */
    Capabilities capabilities();

    /** The time by which it lives: the one of its configuration. */
    Timekeeper timekeeper();

    /**
     * Opens a session. The deadline is on the timekeeper's scale; fails with {@link UnavailableException} when it passes. Nothing is
     * left behind by a failed open, but what the store expires by itself.
     */
    CompletionStage<Session> openSession(SessionSpec spec, SessionListener listener, long deadlineNanos);

    /** Uses these servers from now on, for running sessions too; {@code host:port} each. */
    default CompletionStage<Void> updateServers(List<String> servers) {
        return CompletableFuture.failedFuture(
                new CapabilityMissingException("this backend has no list of servers to change"));
    }

    /** Closes the sessions and then the connection; idempotent. */
    CompletionStage<Void> closeAsync();
}
