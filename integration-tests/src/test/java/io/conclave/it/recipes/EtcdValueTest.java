package io.conclave.it.recipes;

final class EtcdValueTest extends ValueSuite {
    EtcdValueTest() {
        super(Store.ETCD);
    }
}
