/**
 * Semaphores. Permits are held by a {@link io.conclave.Grant}, not by a thread.
 *
 * <p>Session suspended: the grant stands until its validity runs out. Session lost, or validity over: the grant is lost with all its permits, {@code onLost} is called
 * once, and the permits go to those who wait. A waiting acquire queues again at the tail, within its deadline.
 */
@NullMarked
package io.conclave.semaphore;

import org.jspecify.annotations.NullMarked;
