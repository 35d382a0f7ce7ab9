package io.conclave.backend.inmemory;

import io.conclave.backend.inmemory.log.Durability;

/** What a member of a replicated store has written before anything is acknowledged; a majority of the members has, each time. */
public enum StoreDurability {
    /** Handed to the operating system: survives the death of the process (kill -9), and of the machines of a minority. After the loss of power at a majority acknowledged writes may be gone. */
    PROCESS(Durability.PROCESS),
    /** Forced to the disk: survives the loss of power at all members. Slower by what a disk takes. */
    FSYNC(Durability.FSYNC);

    private final Durability ofLog;

    StoreDurability(Durability ofLog) {
        this.ofLog = ofLog;
    }

    Durability ofLog() {
        return ofLog;
    }
}
