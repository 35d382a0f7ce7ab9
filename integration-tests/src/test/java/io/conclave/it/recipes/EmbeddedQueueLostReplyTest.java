package io.conclave.it.recipes;

final class EmbeddedQueueLostReplyTest extends QueueLostReplySuite {
    EmbeddedQueueLostReplyTest() {
        super(Store.EMBEDDED);
    }
}
