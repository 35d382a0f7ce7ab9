package io.conclave.it.recipes;

final class EtcdSemaphoreTest extends SemaphoreSuite {
    EtcdSemaphoreTest() {
        super(Store.ETCD);
    }
}
