package io.conclave.spi;

/** The four kinds of node. */
public enum CreateMode {
    /** Stays until it is deleted; its name is the caller's. */
    PERSISTENT(false, false),
    /** Goes away with the session that made it; its name is the caller's. */
    EPHEMERAL(true, false),
    /** Stays until it is deleted; the backend composes a unique name and gives it the next place in its directory's order. */
    PERSISTENT_SEQUENTIAL(false, true),
    /** Goes away with its session; unique name, next place in its directory's order. What contenders are made of. */
    EPHEMERAL_SEQUENTIAL(true, true);

    private final boolean ephemeral;
    private final boolean sequential;

    CreateMode(boolean ephemeral, boolean sequential) {
        this.ephemeral = ephemeral;
        this.sequential = sequential;
    }

    /** True if the node goes away with the session that made it. */
    public boolean isEphemeral() {
        return ephemeral;
    }

    /** True if the backend names the node and orders it among its siblings. */
    public boolean isSequential() {
        return sequential;
    }
}
