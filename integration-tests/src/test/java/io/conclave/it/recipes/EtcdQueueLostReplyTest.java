package io.conclave.it.recipes;

final class EtcdQueueLostReplyTest extends QueueLostReplySuite {
    EtcdQueueLostReplyTest() {
        super(Store.ETCD);
    }
}
