package io.conclave.it.recipes;

final class EtcdSharingKillTest extends SharingKillSuite {
    EtcdSharingKillTest() {
        super(Store.ETCD);
    }
}
