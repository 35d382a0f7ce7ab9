package io.conclave.lock;

/** Options of a lock. */
public interface DistributedLockBuilder {
    /** If true, every waiter has its own place in the cluster's queue, at the price of more nodes. Default false. */
    DistributedLockBuilder fair(boolean fair);

    /** The lock. Nothing is sent before the first acquire. */
    DistributedLock build();
}
