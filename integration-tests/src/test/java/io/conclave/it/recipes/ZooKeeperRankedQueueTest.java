package io.conclave.it.recipes;

final class ZooKeeperRankedQueueTest extends RankedQueueSuite {
    ZooKeeperRankedQueueTest() {
        super(Store.ZOOKEEPER);
    }
}
