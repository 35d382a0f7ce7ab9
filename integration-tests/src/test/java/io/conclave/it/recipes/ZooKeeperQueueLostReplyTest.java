package io.conclave.it.recipes;

final class ZooKeeperQueueLostReplyTest extends QueueLostReplySuite {
    ZooKeeperQueueLostReplyTest() {
        super(Store.ZOOKEEPER);
    }
}
