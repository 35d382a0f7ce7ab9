package io.conclave.spi;

/** How fresh a read is. */
public enum ReadLevel {
    /** At least what this session has written or been told; possibly behind others' writes. */
    OWN_WRITES,
    /** Includes every commit that any client knew to be applied when the read was called. */
    LINEARIZABLE
}
