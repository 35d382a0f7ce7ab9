package io.conclave.it.recipes;

final class ZooKeeperMultiLockTest extends MultiLockSuite {
    ZooKeeperMultiLockTest() {
        super(Store.ZOOKEEPER);
    }
}
