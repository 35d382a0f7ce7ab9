package io.conclave.histories;

/** What the caller knows of an operation. */
public enum Outcome {
    /** It was applied, once, between its call and its return. */
    OK,
    /** It was not applied and never will be. */
    FAIL,
    /** Nobody told: it was applied once, at any time after its call, or will be, or never. */
    UNKNOWN
}
