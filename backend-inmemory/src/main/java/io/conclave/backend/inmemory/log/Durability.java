package io.conclave.backend.inmemory.log;

/** What a member's log survives. In each case all members have to agree by majority before anything is acknowledged. */
public enum Durability {
    /** Handed to the operating system before it is acknowledged: survives the death of the process (kill -9), not that of the machine. */
    PROCESS,
    /** Forced to the disk before it is acknowledged: survives the loss of power, too. */
    FSYNC
}
