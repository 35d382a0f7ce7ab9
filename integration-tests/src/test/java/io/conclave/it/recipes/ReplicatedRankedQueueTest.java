package io.conclave.it.recipes;

final class ReplicatedRankedQueueTest extends RankedQueueSuite {
    ReplicatedRankedQueueTest() {
        super(Store.REPLICATED);
    }
}
