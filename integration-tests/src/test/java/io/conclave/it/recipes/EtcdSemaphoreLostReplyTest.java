package io.conclave.it.recipes;

final class EtcdSemaphoreLostReplyTest extends SemaphoreLostReplySuite {
    EtcdSemaphoreLostReplyTest() {
        super(Store.ETCD);
    }
}
