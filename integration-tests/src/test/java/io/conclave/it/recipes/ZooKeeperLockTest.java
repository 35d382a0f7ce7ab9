package io.conclave.it.recipes;

final class ZooKeeperLockTest extends LockSuite {
    ZooKeeperLockTest() {
        super(Store.ZOOKEEPER);
    }
}
