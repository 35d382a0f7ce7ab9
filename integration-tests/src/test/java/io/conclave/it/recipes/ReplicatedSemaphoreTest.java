package io.conclave.it.recipes;

final class ReplicatedSemaphoreTest extends SemaphoreSuite {
    ReplicatedSemaphoreTest() {
        super(Store.REPLICATED);
    }
}
