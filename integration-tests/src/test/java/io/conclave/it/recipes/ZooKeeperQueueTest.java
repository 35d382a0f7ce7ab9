package io.conclave.it.recipes;

final class ZooKeeperQueueTest extends QueueSuite {
    ZooKeeperQueueTest() {
        super(Store.ZOOKEEPER);
    }
}
