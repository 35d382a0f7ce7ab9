package io.conclave.it.recipes;

final class EtcdRankedQueueTest extends RankedQueueSuite {
    EtcdRankedQueueTest() {
        super(Store.ETCD);
    }
}
