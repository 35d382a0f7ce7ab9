/**
 * Locks. A lock is held by its {@link io.conclave.Grant}, not by a thread; {@link io.conclave.lock.DistributedLock#asJavaLock()} is the view
 * that is held by threads.
 *
 * <p>Session suspended: the grant stands until its validity runs out. Session lost, or validity over: the grant is lost, {@code onLost} is called
 * once, the next grant of the lock has a larger token. A waiting acquire queues again at the tail, within its deadline.
 */
@NullMarked
package io.conclave.lock;

import org.jspecify.annotations.NullMarked;
