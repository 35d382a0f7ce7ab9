package io.conclave.spi;

/**
 * The session is over. Its ephemeral nodes are gone or going. {@link Applied#NO} if the operation was not sent or could only have
 * made ephemeral nodes; {@link Applied#UNKNOWN} for persistent writes that were on their way: nobody can find out any more, so
 * they must not be repeated blindly.
 */
public final class SessionLostException extends BackendException {
    private static final long serialVersionUID = 1L;

    /** With what is known of the operation. */
    public SessionLostException(String message, Applied applied) {
        super(message, applied, null);
    }

    /** With what is known of the operation and the failure behind it. */
    public SessionLostException(String message, Applied applied, Throwable cause) {
        super(message, applied, cause);
    }
}
