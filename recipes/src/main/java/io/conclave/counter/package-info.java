/**
 * Numbers and values that many processes change: {@link io.conclave.counter.DistributedCounter} and {@link io.conclave.counter.SharedValue}. Each stands in one persistent
 * node and is changed under a guard on its version, so no change is lost and none counts twice, also when answers are.
 *
 * <p>Session suspended: calls go on trying until the call time-out. Session lost: a call that was not sent goes on with the next session; one that may have been applied
 * ends with {@link io.conclave.OutcomeUnknownException} and is never repeated. Listeners go on with the next session.
 */
@NullMarked
package io.conclave.counter;

import org.jspecify.annotations.NullMarked;
