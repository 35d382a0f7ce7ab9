package io.conclave.it.recipes;

final class ZooKeeperValueTest extends ValueSuite {
    ZooKeeperValueTest() {
        super(Store.ZOOKEEPER);
    }
}
