package io.conclave.fencing;

/** The token is older than one that the resource has seen: its holder has lost the lock. The operation was refused; nothing was changed. */
public final class StaleTokenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long token;
    private final long mark;

    StaleTokenException(String resource, long token, long mark) {
        super("token " + token + " was refused at " + resource + ", which has seen " + mark);
        this.token = token;
        this.mark = mark;
    }

    /** The refused token. */
    public long token() {
        return token;
    }

    /** The mark that refused it. */
    public long mark() {
        return mark;
    }
}
