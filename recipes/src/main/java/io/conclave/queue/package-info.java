/**
 * Queues. An item that was put is delivered at least once: a consumer claims it for as long as its session lives, and removes it by completing the claim. {@link
 * io.conclave.queue.DistributedQueue} gives items in the order of their puts, {@link io.conclave.queue.DistributedPriorityQueue} by priority, {@link
 * io.conclave.queue.DistributedDelayQueue} when they are due.
 *
 * <p>Session suspended: claims stand. Session lost: its claims are lost and the items go to the next consumer, as another delivery; takes that wait go on with the next
 * session; a put or a completion that was on its way fails with {@link io.conclave.OutcomeUnknownException}.
 */
@NullMarked
package io.conclave.queue;

import org.jspecify.annotations.NullMarked;
