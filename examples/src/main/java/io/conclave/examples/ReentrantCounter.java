package io.conclave.examples;

import io.conclave.Conclave;
import io.conclave.lock.DistributedLock;
import java.util.concurrent.locks.Lock;

/** Code that was written for {@link Lock}. */
public final class ReentrantCounter {
    private final Lock lock;
    private int count;

    /** Counts under the lock on this path. */
    public ReentrantCounter(Conclave conclave, String path) {
        // snippet:view
        this.lock = DistributedLock.of(conclave, path).asJavaLock(); // one view for all threads
        // end
    }

    // snippet:use
    /** Counts to two; the inner lock() is answered by the thread's own hold. */
    public int incrementTwice() {
        lock.lock();
        try {
            increment();
            return increment();
        } finally {
            lock.unlock(); // GrantLostException if the lock was lost meanwhile
        }
    }

    private int increment() {
        lock.lock();
        try {
            return ++count;
        } finally {
            lock.unlock();
        }
    }
    // end
}
