package io.conclave.it.recipes;

final class EtcdCacheTest extends CacheSuite {
    EtcdCacheTest() {
        super(Store.ETCD);
    }
}
