package io.conclave.spi;

/** Whether a failed operation may have happened all the same. */
public enum Applied {
    /** Surely not, and it never will. */
    NO,
    /** Nobody can tell from this failure alone. Ask again with the same {@link OpId}, or withdraw it. */
    UNKNOWN
}
