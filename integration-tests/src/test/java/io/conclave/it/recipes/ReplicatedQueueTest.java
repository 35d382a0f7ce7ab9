package io.conclave.it.recipes;

final class ReplicatedQueueTest extends QueueSuite {
    ReplicatedQueueTest() {
        super(Store.REPLICATED);
    }
}
