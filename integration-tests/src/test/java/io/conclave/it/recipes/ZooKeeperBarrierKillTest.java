package io.conclave.it.recipes;

final class ZooKeeperBarrierKillTest extends BarrierKillSuite {
    ZooKeeperBarrierKillTest() {
        super(Store.ZOOKEEPER);
    }
}
