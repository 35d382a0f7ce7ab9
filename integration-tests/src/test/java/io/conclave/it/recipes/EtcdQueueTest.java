package io.conclave.it.recipes;

final class EtcdQueueTest extends QueueSuite {
    EtcdQueueTest() {
        super(Store.ETCD);
    }
}
