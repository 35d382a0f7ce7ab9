package io.conclave.it.recipes;

final class ZooKeeperSharingKillTest extends SharingKillSuite {
    ZooKeeperSharingKillTest() {
        super(Store.ZOOKEEPER);
    }
}
