package io.conclave.it.recipes;

final class ReplicatedQueueLostReplyTest extends QueueLostReplySuite {
    ReplicatedQueueLostReplyTest() {
        super(Store.REPLICATED);
    }
}
