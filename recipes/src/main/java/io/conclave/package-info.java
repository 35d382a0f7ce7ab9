/**
 * Coordination recipes with fencing tokens. {@link io.conclave.Conclave#connect(String)} opens the door; recipes are made from it: {@code
 * io.conclave.lock}, {@code io.conclave.leader}, {@code io.conclave.counter}, {@code io.conclave.barrier}; {@code io.conclave.fencing} is for the resource that a grant protects.
 *
 * <p>What happens to all recipes when the session is in trouble: while it is {@link io.conclave.spi.SessionState#SUSPENDED} (no contact) a grant
 * stands until the session's validity runs out; then it is lost, finally, even if the session turns out to have survived. A waiting
 * acquire queues again at the tail of a new session, within its deadline.
 */
@NullMarked
package io.conclave;

import org.jspecify.annotations.NullMarked;
