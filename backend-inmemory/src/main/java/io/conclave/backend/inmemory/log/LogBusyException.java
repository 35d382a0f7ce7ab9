package io.conclave.backend.inmemory.log;

/** Too much is under way at this member. Nothing happened: an entry certainly never entered the log. Try again after a pause. */
public final class LogBusyException extends LogException {
    private static final long serialVersionUID = 1L;

    /** With what is full. */
    public LogBusyException(String message) {
        super(message, null);
    }
}
