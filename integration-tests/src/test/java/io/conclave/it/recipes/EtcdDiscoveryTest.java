package io.conclave.it.recipes;

final class EtcdDiscoveryTest extends DiscoverySuite {
    EtcdDiscoveryTest() {
        super(Store.ETCD);
    }
}
