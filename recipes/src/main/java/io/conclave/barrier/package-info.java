/**
 * Waiting for each other: {@link io.conclave.barrier.DistributedBarrier} (a gate), {@link io.conclave.barrier.DistributedCountDownLatch}, {@link
 * io.conclave.barrier.DistributedCyclicBarrier} and {@link io.conclave.barrier.DoubleBarrier}. Each keeps one persistent node with a generation, changed under a guard on
 * its version: what an earlier generation left behind lets nobody through. Who waits at a barrier for several is an ephemeral node.
 *
 * <p>Session suspended: waits go on. Session lost: whoever waits at a gate or a latch goes on with the next session; a member that waited in a double barrier enters again, one that waited in
 * a cyclic barrier has broken it, and one that was inside a double barrier has gone: the others are told.
 */
@NullMarked
package io.conclave.barrier;

import org.jspecify.annotations.NullMarked;
