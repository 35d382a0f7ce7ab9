package io.conclave.it.recipes;

final class ZooKeeperReadWriteLockTest extends ReadWriteLockSuite {
    ZooKeeperReadWriteLockTest() {
        super(Store.ZOOKEEPER);
    }
}
