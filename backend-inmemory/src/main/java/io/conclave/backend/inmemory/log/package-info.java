/**
 * Internal: the agreed log under the replicated store. Nothing here is meant for applications, and it may change with every version.
 *
 * <p>{@link io.conclave.backend.inmemory.log.ReplicatedLog} is the whole of what the store sees: entries go in at the leader, come out of all members in one order,
 * and are folded into snapshots. {@link io.conclave.backend.inmemory.log.LocalLog} is the same for one member without a network.
 */
@NullMarked
package io.conclave.backend.inmemory.log;

import org.jspecify.annotations.NullMarked;
