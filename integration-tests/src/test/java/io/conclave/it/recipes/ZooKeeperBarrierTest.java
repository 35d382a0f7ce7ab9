package io.conclave.it.recipes;

final class ZooKeeperBarrierTest extends BarrierSuite {
    ZooKeeperBarrierTest() {
        super(Store.ZOOKEEPER);
    }
}
