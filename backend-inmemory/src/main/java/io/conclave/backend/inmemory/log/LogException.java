package io.conclave.backend.inmemory.log;

import org.jspecify.annotations.Nullable;

/** A request to the log that did not succeed. Each class says whether it may have happened. */
public abstract sealed class LogException extends RuntimeException
        permits NotLeaderException, LogBusyException, OutcomeUnknownException {
    private static final long serialVersionUID = 1L;

    LogException(String message, @Nullable Throwable cause) {
        super(message, cause, false, false); // made by the thousand when leadership ends
    }
}
