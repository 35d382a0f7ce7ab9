package io.conclave.it.recipes;

final class EmbeddedQueueTest extends QueueSuite {
    EmbeddedQueueTest() {
        super(Store.EMBEDDED);
    }
}
