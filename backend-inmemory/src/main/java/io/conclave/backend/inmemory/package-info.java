/**
 * The embedded store: coordination inside one process, with a clock that tests can turn and faults that they can order. And the replicated store: several members, embedded or each in its own process, that hold one state together, made with {@link
 * io.conclave.backend.inmemory.ReplicatedStore#builder()} and reached by {@code inmemory://host:port,…/namespace}.
 *
 * <p>{@code inmemory:NAME} is one store for all that name it inside the JVM; {@code inmemory:} is a fresh one for each connection.
 * Tests make one of their own with {@link io.conclave.backend.inmemory.EmbeddedStore#builder()}, usually with a {@link
 * io.conclave.backend.inmemory.VirtualClock}, and break it with {@link io.conclave.backend.inmemory.FaultControl}.
 *
 * <p>Underneath both stands one deterministic state machine that holds no clock, no threads and no randomness; everything else here
 * is sessions, deliveries and time around it.
 */
@NullMarked
package io.conclave.backend.inmemory;

import org.jspecify.annotations.NullMarked;
