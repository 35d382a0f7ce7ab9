package io.conclave.it.recipes;

final class ZooKeeperSemaphoreLostReplyTest extends SemaphoreLostReplySuite {
    ZooKeeperSemaphoreLostReplyTest() {
        super(Store.ZOOKEEPER);
    }
}
