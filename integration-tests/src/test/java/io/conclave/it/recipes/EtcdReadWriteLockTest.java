package io.conclave.it.recipes;

final class EtcdReadWriteLockTest extends ReadWriteLockSuite {
    EtcdReadWriteLockTest() {
        super(Store.ETCD);
    }
}
