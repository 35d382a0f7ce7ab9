package io.conclave.backend.inmemory.log;

import java.util.OptionalInt;

/** This member does not lead, or not yet. Nothing happened: an entry certainly never entered the log. Try at the leader. */
public final class NotLeaderException extends LogException {
    private static final long serialVersionUID = 1L;
    private static final int NOBODY = -1;

    private final int leader;

    /** With a hint who leads, if known. */
    public NotLeaderException(String message, OptionalInt leader) {
        super(message, null);
        this.leader = leader.orElse(NOBODY);
    }

    /** Who leads, as far as this member knows. */
    public OptionalInt leader() {
        return leader == NOBODY ? OptionalInt.empty() : OptionalInt.of(leader);
    }
}
