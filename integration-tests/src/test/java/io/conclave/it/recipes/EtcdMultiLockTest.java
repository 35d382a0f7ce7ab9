package io.conclave.it.recipes;

final class EtcdMultiLockTest extends MultiLockSuite {
    EtcdMultiLockTest() {
        super(Store.ETCD);
    }
}
