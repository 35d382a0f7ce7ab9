package io.conclave.it.recipes;

final class EtcdBarrierTest extends BarrierSuite {
    EtcdBarrierTest() {
        super(Store.ETCD);
    }
}
