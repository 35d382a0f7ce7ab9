package io.conclave.spi;

/** What {@link Session#withdraw} found. Whatever it says is final. */
public enum Withdrawal {
    /** The commit was not applied and never will be. */
    NEVER_APPLIED,
    /** The commit had made one ephemeral sequential node and nothing else; that node is gone. */
    UNDONE,
    /** The commit was applied and stays. */
    APPLIED
}
