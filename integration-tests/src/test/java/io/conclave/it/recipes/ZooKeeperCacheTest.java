package io.conclave.it.recipes;

final class ZooKeeperCacheTest extends CacheSuite {
    ZooKeeperCacheTest() {
        super(Store.ZOOKEEPER);
    }
}
