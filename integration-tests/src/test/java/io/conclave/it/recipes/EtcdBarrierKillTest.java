package io.conclave.it.recipes;

final class EtcdBarrierKillTest extends BarrierKillSuite {
    EtcdBarrierKillTest() {
        super(Store.ETCD);
    }
}
