package io.conclave.it.recipes;

final class EmbeddedRankedQueueTest extends RankedQueueSuite {
    EmbeddedRankedQueueTest() {
        super(Store.EMBEDDED);
    }
}
