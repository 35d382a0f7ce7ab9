package io.conclave.it.recipes;

/** The stores on which the suites are played. */
public enum Store {
    EMBEDDED,
    ZOOKEEPER,
    ETCD,
    /** One member of a replicated store, a process. */
    REPLICATED
}
