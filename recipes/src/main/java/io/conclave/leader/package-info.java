/**
 * Leadership. {@link io.conclave.leader.LeaderLatch} tells who leads; {@link io.conclave.leader.LeaderElection} runs code while leading.
 *
 * <p>Session suspended: leadership stands until its validity runs out. Session lost, or validity over: leadership is lost and told once, and the
 * participant queues again at the tail.
 */
@NullMarked
package io.conclave.leader;

import org.jspecify.annotations.NullMarked;
