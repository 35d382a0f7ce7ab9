package io.conclave.it.recipes;

final class EmbeddedLockTest extends LockSuite {
    EmbeddedLockTest() {
        super(Store.EMBEDDED);
    }
}
