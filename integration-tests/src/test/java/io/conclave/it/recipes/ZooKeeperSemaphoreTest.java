package io.conclave.it.recipes;

final class ZooKeeperSemaphoreTest extends SemaphoreSuite {
    ZooKeeperSemaphoreTest() {
        super(Store.ZOOKEEPER);
    }
}
