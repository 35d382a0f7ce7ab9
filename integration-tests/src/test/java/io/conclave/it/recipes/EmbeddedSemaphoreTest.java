package io.conclave.it.recipes;

final class EmbeddedSemaphoreTest extends SemaphoreSuite {
    EmbeddedSemaphoreTest() {
        super(Store.EMBEDDED);
    }
}
