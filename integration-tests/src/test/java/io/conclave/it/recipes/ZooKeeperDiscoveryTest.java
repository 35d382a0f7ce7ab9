package io.conclave.it.recipes;

final class ZooKeeperDiscoveryTest extends DiscoverySuite {
    ZooKeeperDiscoveryTest() {
        super(Store.ZOOKEEPER);
    }
}
