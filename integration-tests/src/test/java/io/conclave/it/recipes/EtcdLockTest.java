package io.conclave.it.recipes;

final class EtcdLockTest extends LockSuite {
    EtcdLockTest() {
        super(Store.ETCD);
    }
}
