package io.conclave;

/**
 * Who holds and who waits on a path: for operators and tools. Sees locks and leadership, also those of Apache Curator, go-zookeeper and kazoo. Blocking; each call
 * waits at most the call time-out.
 */
public interface Contenders {
    /** All contenders in order. */
    QueueView view() throws InterruptedException;

    /**
     * Evicts the contender with this fencing token, holder or waiter: its node is removed, so its guarded writes are refused from then on, and the next one is granted.
     * The evicted process learns of it, if it holds the grant for longer, within about a third of its session time-out. Returns false if there is no such contender.
     */
    boolean evict(long fencingToken) throws InterruptedException;
}
